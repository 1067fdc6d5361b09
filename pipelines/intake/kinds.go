// Package intake reads an uploaded file and accepts it as a whole, or says of every bad cell where it is, what was
// found, what was expected and how to mend it. It decides what a cell may hold; how facts are kept is left to the
// store, what they mean to the rules.
package intake

import (
	"fmt"
	"strings"
)

// Type is what the cells of a column hold.
type Type string

// The types of columns.
const (
	Text    Type = "text"
	Code    Type = "code" // text whose leading zeros count
	USCC    Type = "uscc" // unified social credit code, checked by its check digit
	Date    Type = "date"
	Yuan    Type = "yuan"  // stored as whole fen
	Score   Type = "score" // stored as whole ten-thousandths of a point
	Integer Type = "integer"
	Year    Type = "year"
	Number  Type = "number"
	Boolean Type = "boolean"
	Enum    Type = "enum"
)

// Column is one column of a kind of file.
type Column struct {
	Name     string // in English headers
	ZH       string // in Chinese headers
	Type     Type
	Required bool
	Words    []Word // of an enum
	Example  string
}

// Word is one value of an enum with its Chinese word.
type Word struct{ Value, ZH string }

// value is what a cell of an enum says, in either language.
func (c Column) value(cell string) (string, bool) {
	for _, w := range c.Words {
		if cell == w.Value || cell == w.ZH {
			return w.Value, true
		}
	}
	return "", false
}

// Stored is the name of the column in the database, which says its unit.
func (c Column) Stored() string {
	switch c.Type {
	case Yuan:
		return strings.TrimSuffix(c.Name, "_yuan") + "_fen"
	case Score:
		return "score_e4"
	default:
		return c.Name
	}
}

// Kind is one kind of file.
type Kind struct {
	Name    string
	ZH      string
	Key     []string // columns that together name a row
	Columns []Column
	More    [][]string // example rows beside the one of the columns
}

var methods = []Word{{"open_tender", "公开招标"}, {"invited_tender", "邀请招标"}, {"competitive_negotiation", "竞争性谈判"}, {"competitive_consultation", "竞争性磋商"},
	{"inquiry", "询价"}, {"single_source", "单一来源"}, {"framework", "框架协议"}, {"dispersed", "分散采购"}, {"franchise", "特许经营"}, {"entrustment", "委托"}, {"subsidy", "补贴"}}

var (
	contractNo = Column{"contract_no", "合同编号", Code, true, nil, "HT2025-0001"}
	indicator  = Column{"indicator", "指标", Code, true, nil, "quality_professional"}
	measured   = Column{"indicator", "指标", Code, true, nil, "target_quantity"} // by a reading, not by a score
	supplierID = Column{"supplier_id", "承接主体编号", Code, true, nil, "S0001"}
	versionID  = Column{"version_id", "目录版本", Code, true, nil, "2026"}
)

// kinds are in the order in which they can be imported: each refers only to those before it.
var kinds = []Kind{
	{"organisation", "机构", []string{"org_id"}, []Column{
		{"org_id", "机构编号", Code, true, nil, "S0001"}, {"name", "名称", Text, true, nil, "江北区阳光社会工作服务中心"},
		{"kind", "类别", Enum, true, []Word{{"purchaser", "购买主体"}, {"supplier", "承接主体"}, {"evaluator", "评估机构"}}, "supplier"},
		{"uscc", "统一社会信用代码", USCC, false, nil, "91350100M000100Y43"},
		{"supplier_type", "承接主体类型", Enum, false, []Word{{"social_group", "社会团体"}, {"private_non_enterprise", "民办非企业单位"}, {"foundation", "基金会"}, {"enterprise", "企业"}, {"institution", "事业单位"}}, "private_non_enterprise"},
		{"division", "行政区划代码", Code, false, nil, "500105"}, {"registered_on", "登记日期", Date, false, nil, "2015-06-01"}}, [][]string{
		{"P001", "江北区民政局", "purchaser", "", "", "500105", ""}}},
	{"catalog_item", "目录项目", []string{"item_code"}, []Column{
		{"item_code", "目录编码", Code, true, nil, "A0101"}, {"name", "名称", Text, true, nil, "居家养老服务"}, {"parent_code", "上级编码", Code, false, nil, "A01"},
		{"nature", "性质", Text, false, nil, "public_service"}, {"purchasable", "可否购买", Boolean, true, nil, "true"}}, nil},
	{"contract", "合同", []string{"contract_no"}, []Column{
		contractNo, {"name", "合同名称", Text, false, nil, "居家养老服务采购"}, {"purchaser_id", "购买主体编号", Code, true, nil, "P001"}, supplierID,
		{"item_code", "目录编码", Code, true, nil, "A0101"}, {"method", "购买方式", Enum, true, methods, "open_tender"}, {"amount_yuan", "合同金额(元)", Yuan, true, nil, "860000.00"},
		{"signed_on", "签订日期", Date, false, nil, "2025-01-10"}, {"start_on", "开始日期", Date, true, nil, "2025-02-01"}, {"end_on", "结束日期", Date, true, nil, "2025-12-20"},
		{"budget_year", "预算年度", Year, true, nil, "2025"}, {"recipients", "服务对象人数", Integer, false, nil, "320"}}, nil},
	{"target", "绩效目标", []string{"contract_no", "indicator"}, []Column{contractNo, measured, {"target", "目标值", Number, true, nil, "1200"}, {"unit", "单位", Text, false, nil, "人次"},
		{"direction", "方向", Enum, true, []Word{{"higher", "越高越好"}, {"lower", "越低越好"}}, "higher"}}, nil},
	{"progress", "绩效进度", []string{"contract_no", "indicator", "as_of_on"}, []Column{contractNo, measured, {"actual", "实际值", Number, true, nil, "900"}, {"as_of_on", "截至日期", Date, true, nil, "2025-09-30"}}, nil},
	{"payment", "支付", []string{"contract_no", "stage"}, []Column{contractNo, {"stage", "阶段", Text, true, nil, "1"}, {"due_on", "应付日期", Date, false, nil, "2025-06-30"},
		{"paid_on", "实付日期", Date, false, nil, "2025-07-05"}, {"amount_yuan", "金额(元)", Yuan, true, nil, "430000.00"}}, nil},
	{"score", "评分", []string{"contract_no", "indicator", "party", "evaluator_id"}, []Column{contractNo, indicator,
		{"party", "评价方", Enum, true, []Word{{"purchaser", "购买主体"}, {"recipient", "服务对象"}, {"third_party", "第三方"}}, "third_party"},
		{"evaluator_id", "评价人编号", Code, true, nil, "E01"}, {"score", "评分", Score, true, nil, "87.5"}, {"scored_on", "评分日期", Date, true, nil, "2025-12-01"}}, nil},
	{"credit_event", "信用记录", []string{"event_id"}, []Column{supplierID, {"event_id", "记录编号", Code, true, nil, "X0001"}, {"kind", "事由", Code, true, nil, "late_report"},
		{"severity", "程度", Enum, true, []Word{{"commendation", "表彰"}, {"general", "一般失信"}, {"serious", "严重失信"}}, "general"}, {"occurred_on", "发生日期", Date, true, nil, "2025-05-20"},
		{"authority", "认定机关", Text, false, nil, "江北区民政局"}, {"document_no", "文号", Text, false, nil, "江北民〔2025〕12号"}, {"ends_on", "期满日期", Date, false, nil, "2028-05-20"},
		{"repaired_on", "修复日期", Date, false, nil, ""}, {"contract_no", "合同编号", Code, false, nil, "HT2025-0001"}}, nil},
	{"inspection", "年检", []string{"supplier_id", "year"}, []Column{supplierID, {"year", "年度", Year, true, nil, "2024"},
		{"result", "结论", Enum, true, []Word{{"passed", "合格"}, {"basic", "基本合格"}, {"failed", "不合格"}}, "passed"}}, nil},
	{"assessment_item", "等级评估", []string{"supplier_id", "section", "item", "assessed_on"}, []Column{supplierID, {"section", "部分", Code, true, nil, "internal_governance"},
		{"item", "项目", Text, true, nil, "财务管理"}, {"points", "得分", Number, true, nil, "86"}, {"max_points", "满分", Number, true, nil, "100"}, {"assessed_on", "评估日期", Date, true, nil, "2024-10-15"}}, nil},
	{"catalog_entry", "目录版本条目", []string{"version_id", "item_code"}, []Column{versionID, {"item_code", "目录编码", Code, true, nil, "A0101"},
		{"listing", "列入", Enum, true, []Word{{"guidance", "指导性目录"}, {"procurement", "政府采购目录"}, {"negative", "负面清单"}}, "guidance"}, {"content", "服务内容", Text, false, nil, "上门照料、助浴、代办"},
		{"reason", "不得购买的原因", Text, false, nil, ""}, {"authority", "依据", Text, false, nil, ""}}, nil},
	{"catalog_adoption", "目录版本施行", []string{"version_id"}, []Column{versionID, {"title", "标题", Text, true, nil, "江北区政府购买服务指导性目录（2026年版）"}, {"in_force_on", "施行日期", Date, true, nil, "2026-01-01"},
		{"authority", "审定机关", Text, true, nil, "江北区人民政府"}, {"document_no", "文号", Text, false, nil, "江北府办〔2025〕88号"}, {"reason", "理由", Text, true, nil, "按年度评价结果动态调整"}}, nil},
	{"supplier_registration", "承接主体登记", []string{"supplier_id"}, []Column{supplierID, {"registrar", "登记机关", Text, true, nil, "江北区民政局"},
		{"status", "登记状态", Enum, true, []Word{{"active", "存续"}, {"dissolved", "注销"}, {"revoked", "撤销"}}, "active"}, {"ended_on", "注销或撤销日期", Date, false, nil, ""},
		{"certificate_until", "证书有效期至", Date, false, nil, "2027-05-31"}, {"tax_exempt_from", "免税资格起始", Date, false, nil, "2024-01-01"}, {"tax_exempt_until", "免税资格截止", Date, false, nil, "2028-12-31"}}, nil},
	{"supplier_training", "承接主体培训", []string{"supplier_id", "held_on", "topic"}, []Column{supplierID, {"held_on", "培训日期", Date, true, nil, "2025-04-18"}, {"topic", "主题", Text, true, nil, "政府购买服务绩效管理"},
		{"organiser", "主办单位", Text, false, nil, "江北区社会组织孵化园"}, {"hours", "学时", Number, true, nil, "8"}, {"persons", "参训人数", Integer, true, nil, "3"}}, nil},
	{"incident", "服务事件", []string{"contract_no", "incident_id"}, []Column{contractNo, {"incident_id", "事件编号", Code, true, nil, "SJ2025-001"},
		{"kind", "类别", Enum, true, []Word{{"safety", "安全"}, {"interruption", "服务中断"}, {"quality", "质量"}, {"funds", "资金"}, {"other", "其他"}}, "safety"},
		{"severity", "级别", Enum, true, []Word{{"general", "一般"}, {"large", "较大"}, {"major", "重大"}, {"grave", "特别重大"}}, "general"},
		{"occurred_on", "发生日期", Date, true, nil, "2025-06-18"}, {"status", "状态", Enum, true, []Word{{"open", "处置中"}, {"closed", "已办结"}, {"unfounded", "不属实"}}, "open"},
		{"closed_on", "办结日期", Date, false, nil, ""}, {"summary", "概况", Text, true, nil, "活动室漏水，服务对象滑倒"}, {"measures", "处置措施", Text, false, nil, "停用活动室，送医检查"}}, nil},
	{"objection", "异议", []string{"objection_no"}, []Column{{"objection_no", "异议编号", Code, true, nil, "YY2025-0001"}, contractNo, {"filed_on", "提出日期", Date, true, nil, "2025-12-22"},
		{"outcome", "复核结论", Enum, false, []Word{{"upheld", "成立"}, {"partly", "部分成立"}, {"rejected", "不成立"}, {"withdrawn", "撤回"}}, ""},
		{"decided_on", "复核日期", Date, false, nil, ""}, {"correction_batch", "更正批次", Integer, false, nil, ""}}, nil},
	{"complaint", "投诉", []string{"complaint_no"}, []Column{{"complaint_no", "投诉编号", Code, true, nil, "TS2025-0001"}, contractNo, {"received_on", "受理日期", Date, true, nil, "2025-11-03"},
		{"subject", "类别", Enum, true, []Word{{"quality", "服务质量"}, {"quantity", "服务数量"}, {"conduct", "服务态度"}, {"fees", "违规收费"}, {"evaluation", "评价不公"}, {"other", "其他"}}, "quality"},
		{"channel", "渠道", Text, false, nil, "12345"}, {"outcome", "处理结果", Enum, false, []Word{{"founded", "属实"}, {"partly", "部分属实"}, {"unfounded", "不属实"}}, ""},
		{"answered_on", "答复日期", Date, false, nil, ""}}, nil},
}

// Kinds lists every kind of file, in an order in which they can be imported.
func Kinds() []Kind { return kinds }

// KindOf returns the kind of that name.
func KindOf(name string) (Kind, error) {
	var names []string
	for _, k := range kinds {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Kind{}, fmt.Errorf("found kind %q, expected one of %s", name, strings.Join(names, ", "))
}
