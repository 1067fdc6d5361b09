package intake

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// synonyms are what people call the columns besides their names and titles.
var synonyms = map[string][]string{
	"contract_no":   {"合同号", "合同编码", "合同序号", "项目编号", "项目合同编号", "contract", "contract number", "contract id", "contractno"},
	"indicator":     {"指标名称", "指标编号", "指标编码", "评价指标", "三级指标", "indicator id", "criterion"},
	"party":         {"评价主体", "评分方", "评价者类型", "评分主体", "评价方类型", "rater type", "side"},
	"evaluator_id":  {"评价人", "评分人", "评委编号", "专家编号", "评价员", "评价人员编号", "评分人编号", "rater", "rater id", "evaluator"},
	"score":         {"得分", "分数", "打分", "评价得分", "评分结果", "分值", "points", "mark"},
	"scored_on":     {"评价日期", "打分日期", "评价时间", "评分时间", "日期", "date", "scored at", "score date"},
	"org_id":        {"机构代码", "单位编号", "单位代码", "organisation id", "organization id"},
	"name":          {"单位名称", "机构名称", "项目名称", "合同名", "title"},
	"uscc":          {"信用代码", "社会信用代码", "统一信用代码", "社会统一信用代码", "credit code"},
	"purchaser_id":  {"采购人编号", "购买单位编号", "采购单位编号", "购买主体", "purchaser"},
	"supplier_id":   {"供应商编号", "承接单位编号", "承接主体", "供应商", "supplier"},
	"item_code":     {"目录代码", "目录编号", "指导性目录编码", "品目编码", "catalogue code"},
	"method":        {"采购方式", "购买方法", "way of purchase"},
	"amount_yuan":   {"合同金额", "金额", "支付金额", "合同价", "合同价款", "付款金额", "amount"},
	"signed_on":     {"签约日期", "合同签订日期", "签订时间"},
	"start_on":      {"起始日期", "服务开始日期", "合同开始日期", "开始时间", "start", "start date"},
	"end_on":        {"截止日期", "服务结束日期", "合同结束日期", "结束时间", "到期日期", "end", "end date"},
	"budget_year":   {"年度", "预算年份", "年份", "fiscal year"},
	"recipients":    {"服务人数", "受益人数", "服务对象数", "人数"},
	"target":        {"目标", "指标值", "计划值", "绩效目标值"},
	"actual":        {"完成值", "实际完成值", "实际", "实际完成"},
	"as_of_on":      {"统计日期", "截止时间", "截至时间", "监控日期"},
	"stage":         {"支付阶段", "期次", "付款期次", "付款阶段"},
	"due_on":        {"应付款日期", "到期付款日", "应支付日期"},
	"paid_on":       {"付款日期", "支付日期", "实际支付日期"},
	"event_id":      {"信用记录编号", "事件编号"},
	"occurred_on":   {"发生时间", "行为日期"},
	"authority":     {"认定单位", "处罚机关", "认定部门"},
	"document_no":   {"文书号", "处罚文号", "决定书文号"},
	"result":        {"年检结论", "年检结果", "结果"},
	"points":        {"评估得分", "实得分"},
	"max_points":    {"标准分", "总分", "满分值"},
	"assessed_on":   {"评估日期", "评定日期"},
	"author_id":     {"撰写人", "报告人编号", "报告人", "作者", "author", "author id"},
	"written_on":    {"报告日期", "撰写时间", "完成日期", "date written", "report date"},
	"narrative":     {"正文", "报告内容", "绩效报告", "绩效自评", "评价意见", "评语", "文字说明", "report", "text", "comments"},
	"registered_on": {"成立日期", "注册日期", "成立登记日期"},
}

// folded is a header without case, spaces, marks and units, by which headers are compared.
func folded(title string) string {
	if at := strings.IndexAny(title, "(（"); at > 0 { // 合同金额(元)
		title = title[:at]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("_-*.:：·", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, title)
}

// guessMapping says for each header which column of the kind it may be: what its uploader said before, its name or title,
// a synonym, or one that is spelled nearly so. No column is guessed twice.
func guessMapping(kind *Kind, header []string, l Look) []ColumnGuess {
	all := make([]ColumnGuess, len(header))
	taken := map[string]bool{}
	set := func(i int, column, how string) {
		if column == LeftOut || column != "" && !taken[column] {
			all[i].Column, all[i].How = column, how
			taken[column] = true
		}
	}
	for i, title := range header {
		all[i] = ColumnGuess{Header: title, How: "none"}
	}
	each := func(find func(title string) (column, how string)) {
		for i, title := range header {
			if all[i].Column == "" {
				column, how := find(strings.TrimSpace(title))
				set(i, column, how)
			}
		}
	}
	each(func(title string) (string, string) { return kind.nameOf(l.Mapping[title]), "chosen" })
	each(func(title string) (string, string) { return kind.nameOf(l.Remembered[title]), "remembered" })
	each(func(title string) (string, string) {
		if at := kind.columnOf(title, nil); at >= 0 {
			if c := kind.Columns[at]; c.ZH == title {
				return c.Name, "title"
			}
			return kind.Columns[at].Name, "exact"
		}
		return "", ""
	})
	each(func(title string) (string, string) { return kind.synonymOf(title), "synonym" })
	each(func(title string) (string, string) { return kind.nearest(title, taken), "near" })
	return all
}

// nameOf is the name of a column that a mapping names in either language, LeftOut, or empty.
func (k *Kind) nameOf(said string) string {
	if said == LeftOut {
		return LeftOut
	}
	if at := k.columnOf(said, nil); at >= 0 && said != "" {
		return k.Columns[at].Name
	}
	return ""
}

func (k *Kind) synonymOf(title string) string {
	for _, c := range k.Columns {
		for _, s := range append([]string{c.Name, c.ZH}, synonyms[c.Name]...) {
			if folded(s) == folded(title) {
				return c.Name
			}
		}
	}
	return ""
}

// nearShare is the most of a title that may be spelled otherwise: one character in four, as in a mistyped word.
const nearShare = 4

// nearest is the column that is still free and whose name or title is spelled nearly so; empty when none or more than one is.
func (k *Kind) nearest(title string, taken map[string]bool) string {
	best, column, tie := len(title), "", false
	for _, c := range k.Columns {
		if taken[c.Name] {
			continue
		}
		for _, s := range []string{c.Name, c.ZH} {
			a, b := []rune(folded(s)), []rune(folded(title))
			d := distance(a, b)
			if d*nearShare > max(len(a), len(b)) {
				continue
			}
			switch {
			case d < best:
				best, column, tie = d, c.Name, false
			case d == best && column != c.Name:
				tie = true
			}
		}
	}
	if tie {
		return ""
	}
	return column
}

// distance is the edit distance of Levenshtein: how many characters have to be put in, taken out or changed.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before := row[0]
		row[0] = i + 1
		for j := range b {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// guessKinds orders the kinds by how well headers fit them: the share of required columns that were found, times the share
// of headers that fit a column, so that a kind with few columns does not win a file of many.
func guessKinds(header []string, l Look) []KindGuess {
	var all []KindGuess
	for i := range kinds {
		found := map[string]bool{}
		fit := 0
		for _, g := range guessMapping(&kinds[i], header, l) {
			if g.Column != "" {
				found[g.Column] = true
				fit++
			}
		}
		required, have := 0, 0
		for _, c := range kinds[i].Columns {
			if c.Required {
				required++
				if found[c.Name] {
					have++
				}
			}
		}
		if fit > 0 {
			score := float64(have) / float64(required) * float64(fit) / float64(len(header))
			all = append(all, KindGuess{kinds[i].Name, score})
		}
	}
	slices.SortStableFunc(all, func(a, b KindGuess) int { return cmp.Compare(b.Score, a.Score) })
	return all
}
