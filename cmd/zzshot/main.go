package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// usage: zzshot BASE JARFILE OUTDIR path...
func main() {
	base, jar, out := os.Args[1], os.Args[2], os.Args[3]
	text, _ := os.ReadFile(jar)
	var name, value string
	for _, l := range strings.Split(string(text), "\n") {
		f := strings.Split(l, "\t")
		if len(f) == 7 {
			name, value = f[5], f[6]
		}
	}
	opts := []chromedp.ExecAllocatorOption{chromedp.ExecPath("/usr/bin/chromium"), chromedp.Headless, chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("hide-scrollbars", true)}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	for i, p := range os.Args[4:] {
		for _, w := range []int64{1440, 390} {
			var png []byte
			err := chromedp.Run(ctx,
				chromedp.ActionFunc(func(ctx context.Context) error {
					return network.SetCookie(name, value).WithDomain("127.0.0.1").WithPath("/").Do(ctx)
				}),
				emulation.SetDeviceMetricsOverride(w, 900, 1, w < 500),
				chromedp.Navigate(base+p), chromedp.Sleep(400*time.Millisecond), chromedp.FullScreenshot(&png, 90))
			if err != nil {
				fmt.Println(p, err)
				continue
			}
			os.WriteFile(fmt.Sprintf("%s/%d-%d.png", out, i, w), png, 0o644)
		}
	}
}
