package dashboards

import "strings"

// The characters in which amounts are written out on Chinese vouchers, so that no stroke changes one (Ministry of Finance,
// rules on basic accounting work, article 52).
var (
	capitals = []rune("零壹贰叁肆伍陆柒捌玖")
	places   = []string{"", "拾", "佰", "仟"}
	myriads  = []string{"", "万", "亿", "万亿"}
)

// CapitalYuan writes an amount of zero fen or more out in words, as 人民币壹万贰仟叁佰元零伍分.
func CapitalYuan(fen int64) string {
	yuan, jiao, cent := fen/fenPerYuan, fen%fenPerYuan/10, fen%10
	var b strings.Builder
	b.WriteString("人民币")
	if yuan > 0 || fen == 0 {
		b.WriteString(capitalWhole(yuan) + "元")
	}
	if jiao == 0 && cent == 0 {
		return b.String() + "整"
	}
	if jiao > 0 {
		b.WriteString(string(capitals[jiao]) + "角")
	} else if yuan > 0 {
		b.WriteRune(capitals[0])
	}
	if cent > 0 {
		b.WriteString(string(capitals[cent]) + "分")
	}
	return b.String()
}

// capitalWhole writes a whole number out. One zero is said for the zeros between two digits.
func capitalWhole(n int64) string {
	if n == 0 {
		return string(capitals[0])
	}
	text, gap := "", false
	for group := len(myriads) - 1; group >= 0; group-- {
		part := n
		for range group {
			part /= 10_000
		}
		if part %= 10_000; part == 0 {
			gap = gap || text != ""
			continue
		}
		if text != "" && (gap || part < 1_000) {
			text += string(capitals[0])
		}
		text, gap = text+capitalGroup(part)+myriads[group], false
	}
	return text
}

// capitalGroup writes out 1 to 9999.
func capitalGroup(n int64) string {
	text, gap := "", false
	for place := len(places) - 1; place >= 0; place-- {
		digit := n
		for range place {
			digit /= 10
		}
		if digit %= 10; digit == 0 {
			gap = text != ""
			continue
		}
		if gap {
			text += string(capitals[0])
		}
		text, gap = text+string(capitals[digit])+places[place], false
	}
	return text
}
