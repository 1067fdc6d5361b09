package dashboards

import "testing"

// Expected texts are those of the rules on filling in vouchers of the Ministry of Finance and of the People's Bank of China
// (支付结算办法, annex 1), or follow them.
func TestCapitalYuan(t *testing.T) {
	for fen, want := range map[int64]string{
		0:                       "人民币零元整",
		5:                       "人民币伍分",
		50:                      "人民币伍角",
		140_950:                 "人民币壹仟肆佰零玖元伍角",
		600_714:                 "人民币陆仟零柒元壹角肆分",
		10_700_053:              "人民币壹拾万柒仟元伍角叁分", // with or without a zero, as the annex allows
		1_640_902:               "人民币壹万陆仟肆佰零玖元零贰分",
		32_504:                  "人民币叁佰贰拾伍元零肆分",
		100_000_000_00:          "人民币壹亿元整",
		100_000_001_00:          "人民币壹亿零壹元整",
		1_0005_0000_00:          "人民币壹亿零伍万元整",
		2_3000_0400_00:          "人民币贰亿叁仟万零肆佰元整",
		716_740_000:             "人民币柒佰壹拾陆万柒仟肆佰元整",
		1_0000_0000_0000_00 + 1: "人民币壹万亿元零壹分",
	} {
		if got := CapitalYuan(fen); got != want {
			t.Errorf("%d fen: got %s, want %s", fen, got, want)
		}
	}
}
