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
	Prose   Type = "prose" // text of several paragraphs
	Code    Type = "code"  // text whose leading zeros count
	USCC    Type = "uscc"  // unified social credit code, checked by its check digit
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
	contractNo  = Column{"contract_no", "合同编号", Code, true, nil, "HT2025-0001"}
	indicator   = Column{"indicator", "指标", Code, true, nil, "quality_professional"}
	measured    = Column{"indicator", "指标", Code, true, nil, "target_quantity"} // by a reading, not by a score
	planNo      = Column{"plan_no", "计划编号", Code, true, nil, "JH2025-0001"}
	purchaserID = Column{"purchaser_id", "购买主体编号", Code, true, nil, "P001"}
	itemCode    = Column{"item_code", "目录编码", Code, true, nil, "A0101"}
	supplierID  = Column{"supplier_id", "承接主体编号", Code, true, nil, "S0001"}
	versionID   = Column{"version_id", "目录版本", Code, true, nil, "2026"}
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
		contractNo, {"name", "合同名称", Text, false, nil, "居家养老服务采购"}, purchaserID, supplierID,
		itemCode, {"method", "购买方式", Enum, true, methods, "open_tender"}, {"amount_yuan", "合同金额(元)", Yuan, true, nil, "860000.00"},
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
	{"organisation_contact", "机构联系方式", []string{"org_id", "contact", "value"}, []Column{{"org_id", "机构编号", Code, true, nil, "S0001"},
		{"contact", "联系方式类别", Enum, true, []Word{{"phone", "电话"}, {"email", "电子邮箱"}, {"address", "地址"}, {"person", "联系人"}}, "phone"},
		{"value", "内容", Text, true, nil, "023-67001234"}, {"until_on", "停用日期", Date, false, nil, ""}}, nil},
	{"catalog_entry", "目录版本条目", []string{"version_id", "item_code"}, []Column{versionID, itemCode,
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
	{"listing", "列入黑名单决定", []string{"case_no", "supplier_id"}, []Column{{"case_no", "案号", Code, true, nil, "H2026-0001"}, supplierID,
		{"listed_on", "列入日期", Date, true, nil, "2026-04-03"}, {"until_on", "期满日期", Date, true, nil, "2028-04-03"}, {"ended_on", "提前移出日期", Date, false, nil, ""},
		{"end_cause", "移出原因", Enum, false, []Word{{"repair_granted", "信用修复"}, {"revoked", "撤销"}}, ""}, {"document_no", "文号", Text, false, nil, "江北财〔2026〕12号"}}, nil},
	{"external_listing", "外部名单", []string{"list", "uscc", "listed_on"}, []Column{
		{"list", "名单", Enum, true, []Word{{"procurement", "政府采购严重违法失信行为记录名单"}, {"tax", "重大税收违法失信主体"}, {"court", "失信被执行人"}, {"market", "市场监管严重违法失信名单"},
			{"social_organisation", "社会组织严重违法失信名单"}, {"other", "其他"}}, "procurement"},
		{"uscc", "统一社会信用代码", USCC, true, nil, "91350100M000100Y43"}, {"name", "名称", Text, true, nil, "某某服务有限公司"}, {"listed_on", "列入日期", Date, true, nil, "2025-06-10"},
		{"until_on", "期满日期", Date, false, nil, "2027-06-10"}, {"removed_on", "移出日期", Date, false, nil, ""}, {"authority", "列入机关", Text, true, nil, "财政部"},
		{"document_no", "文号", Text, false, nil, "财库罚〔2025〕3号"}, {"cause", "事由", Text, false, nil, "提供虚假材料谋取中标"}}, nil},
	{"holiday", "节假日安排", []string{"from_on"}, []Column{{"from_on", "起", Date, true, nil, "2027-01-01"}, {"to_on", "止", Date, true, nil, "2027-01-03"},
		{"day", "放假或上班", Enum, true, []Word{{"off", "放假"}, {"work", "上班"}}, "off"},
		{"occasion", "节日", Enum, true, []Word{{"new_year", "元旦"}, {"spring_festival", "春节"}, {"qingming", "清明节"}, {"labour", "劳动节"}, {"dragon_boat", "端午节"},
			{"mid_autumn", "中秋节"}, {"national", "国庆节"}}, "new_year"}, {"notice", "通知文号", Text, true, nil, "国办发明电〔2026〕1号"}}, nil},
	{"plan_item", "购买计划", []string{"plan_no"}, []Column{planNo, {"year", "年度", Year, true, nil, "2025"}, purchaserID, itemCode, {"project", "项目名称", Text, true, nil, "居家养老服务采购"},
		{"amount_yuan", "计划金额(元)", Yuan, true, nil, "900000.00"}, {"method", "购买方式", Enum, true, methods, "open_tender"}, {"method_reason", "购买方式理由", Text, false, nil, ""},
		{"status", "状态", Enum, true, []Word{{"submitted", "已报送"}, {"approved", "已批复"}, {"cancelled", "已取消"}}, "submitted"}, {"submitted_on", "报送日期", Date, false, nil, "2024-12-10"}}, nil},
	{"plan_review", "计划审核", []string{"plan_no", "review_no"}, []Column{planNo, {"review_no", "审核次序", Integer, true, nil, "1"},
		{"decision", "审核结论", Enum, true, []Word{{"approved", "批复"}, {"returned", "退回"}, {"rejected", "不予批复"}}, "approved"}, {"approved_yuan", "核定金额(元)", Yuan, false, nil, "860000.00"},
		{"reason", "审核意见", Text, true, nil, "与部门预算一致"}, {"reviewed_on", "审核日期", Date, true, nil, "2024-12-20"}, {"reviewer", "审核人", Text, false, nil, ""}}, nil},
	{"department_budget", "部门预算", []string{"year", "purchaser_id"}, []Column{{"year", "年度", Year, true, nil, "2025"}, purchaserID, {"amount_yuan", "部门预算总额(元)", Yuan, true, nil, "52000000.00"}}, nil},
	{"budget_line", "购买服务预算", []string{"year", "purchaser_id", "item_code", "source"}, []Column{{"year", "年度", Year, true, nil, "2025"}, purchaserID, itemCode,
		{"source", "资金来源", Enum, true, []Word{{"department_budget", "部门预算"}, {"special_fund", "专项资金"}}, "department_budget"}, {"amount_yuan", "预算金额(元)", Yuan, true, nil, "950000.00"}}, nil},
	{"contract_plan", "合同对应计划", []string{"contract_no"}, []Column{contractNo, planNo}, nil},
	{"payment_schedule", "付款计划", []string{"contract_no", "stage"}, []Column{contractNo, {"stage", "阶段", Text, true, nil, "1"}, {"due_on", "应付日期", Date, true, nil, "2025-06-30"},
		{"amount_yuan", "金额(元)", Yuan, true, nil, "430000.00"}, {"payable", "付款条件", Enum, true, []Word{{"signing", "合同签订后"}, {"progress", "按进度"}, {"acceptance", "验收合格后"}, {"evaluation", "评审完成后"}}, "progress"}}, nil},
	{"contract_content", "合同必备内容", []string{"contract_no"}, []Column{contractNo, {"scope", "服务范围条款", Text, false, nil, "第一条"}, {"subject", "标的条款", Text, false, nil, "第二条"},
		{"quantity", "数量条款", Text, false, nil, "第三条"}, {"quality", "质量要求条款", Text, false, nil, "第四条"}, {"term", "服务期限条款", Text, false, nil, "第五条"},
		{"payment_terms", "资金支付条款", Text, false, nil, "第六条"}, {"rights_duties", "权利义务条款", Text, false, nil, "第七条"}, {"breach_liability", "违约责任条款", Text, false, nil, "第八条"}}, nil},
	{"target_source", "绩效目标依据", []string{"contract_no", "indicator", "source"}, []Column{contractNo, measured,
		{"source", "依据", Enum, true, []Word{{"recipients", "服务对象需求"}, {"third_party", "第三方意见"}, {"standard", "行业或验收标准"}, {"experience", "以前年度结果"}}, "recipients"},
		{"document", "依据文件", Text, false, nil, "需求调查报告"}, {"set_on", "确定日期", Date, true, nil, "2025-01-05"}}, nil},
	{"staffed_function", "在编履职事项", []string{"year", "purchaser_id", "function"}, []Column{{"year", "年度", Year, true, nil, "2025"}, purchaserID, {"function", "履职事项", Text, true, nil, "养老服务热线值守"},
		itemCode, {"staff", "在岗人数", Integer, true, nil, "6"}, {"cost_yuan", "人员经费(元)", Yuan, false, nil, "720000.00"}}, nil},
	{"narrative", "绩效报告", []string{"contract_no", "author_id"}, []Column{contractNo,
		{"party", "撰写方", Enum, true, []Word{{"purchaser", "购买主体"}, {"supplier", "承接主体"}, {"third_party", "第三方"}}, "third_party"},
		{"author_id", "撰写人编号", Code, true, nil, "E01"}, {"written_on", "撰写日期", Date, true, nil, "2025-12-08"},
		{"narrative", "报告正文", Prose, true, nil, "本年度共服务 1206 人次，达到目标；探访记录完整，两处记录不全，已经补正。"}}, nil},
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
