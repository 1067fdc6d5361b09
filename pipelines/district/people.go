package district

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

type supplier struct {
	id, kind   string
	quality    float64 // latent, on the scale of scores
	registered time.Time
	name, uscc string
}

type contract struct {
	no                  string
	department          int
	item, itemName, way string
	supplier            int
	evaluator           int // the first of those who scored it
	year                int
	amountFen           int64
	start, end          time.Time
	recipients, answers int
	quality             float64
	poor                bool // planted or failed
	noThirdParty        bool // planted
	progress            service
	burst               time.Time // day on which most recipients answered; zero: they came over weeks
}

var departments = []string{"民政局", "教育委员会", "卫生健康委员会", "文化和旅游委员会", "人力资源和社会保障局", "城市管理局", "司法局", "残疾人联合会", "妇女联合会", "总工会",
	"团区委", "生态环境局", "住房和城乡建设委员会", "应急管理局", "市场监督管理局", "农业农村委员会", "经济和信息化委员会", "商务委员会", "退役军人事务局", "信访办公室",
	"石马河街道办事处", "观音桥街道办事处", "华新街街道办事处", "五里店街道办事处", "大石坝街道办事处", "寸滩街道办事处", "铁山坪街道办事处", "郭家沱街道办事处", "江北城街道办事处", "鱼嘴镇人民政府",
	"复盛镇人民政府", "五宝镇人民政府", "体育局", "统计局", "审计局", "发展和改革委员会", "科学技术局", "规划和自然资源局", "医疗保障局", "档案馆"}

// groups are the catalogue's groups with their items.
var groups = []struct {
	name, nature string
	items        []string
}{
	{"养老服务", "public_service", []string{"居家养老服务", "社区日间照料", "助餐配送服务", "失能老人护理", "老年人能力评估", "适老化改造服务"}},
	{"儿童与青少年", "public_service", []string{"困境儿童关爱", "青少年心理辅导", "课后托管服务", "未成年人保护", "儿童之家运营"}},
	{"残疾人与社会救助", "public_service", []string{"残疾人康复服务", "残疾人职业技能培训", "低收入家庭核查", "流浪乞讨人员救助", "精神障碍社区康复"}},
	{"社区治理", "public_service", []string{"社工站运营", "社区矫正辅助", "人民调解服务", "法律援助服务", "禁毒宣传与帮教", "物业纠纷调处"}},
	{"公共文化体育", "public_service", []string{"公益演出", "图书馆分馆运营", "全民健身指导", "文化遗产普查", "公益培训课程"}},
	{"公共卫生", "public_service", []string{"健康宣传教育", "重点人群体检", "病媒生物防制", "心理援助热线", "家庭医生辅助"}},
	{"市容环卫", "public_service", []string{"道路清扫保洁", "绿化管护", "垃圾分类督导", "公厕管护", "河道保洁"}},
	{"就业服务", "public_service", []string{"职业技能培训", "就业援助服务", "创业孵化服务", "招聘会承办"}},
	{"政府履职辅助", "government_auxiliary", []string{"第三方审计", "绩效评价服务", "政策研究评估", "档案整理数字化", "信息系统运维", "课题研究", "会务服务", "统计调查"}},
}

// usccAlphabet and the check are those of GB 32100-2015.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// uscc makes a valid unified social credit code of Jiangbei from a registering authority with kind and a number.
func uscc(prefix string, n int) string {
	first := fmt.Sprintf("%s500105%09d", prefix, n)
	sum, weight := 0, 1
	for i := range len(first) {
		sum += weight * strings.IndexByte(usccAlphabet, first[i])
		weight = weight * 3 % 31
	}
	return first + string(usccAlphabet[(31-sum%31)%31])
}

var (
	surnames   = []string{"阳光", "同心", "和悦", "嘉陵", "江畔", "春晖", "益家", "仁爱", "众合", "新芽", "暖阳", "明德", "博雅", "康宁", "长乐", "星火", "知行", "绿洲", "诚信", "惠民"}
	fields     = []string{"社会工作", "养老", "青少年", "社区", "公益", "法律", "康复", "文化", "环境", "职业培训"}
	typeEnding = map[string][2]string{"private_non_enterprise": {"服务中心", "52"}, "social_group": {"协会", "51"}, "foundation": {"基金会", "53"}, "enterprise": {"服务有限公司", "91"}}
	typesByTen = []string{"private_non_enterprise", "private_non_enterprise", "private_non_enterprise", "private_non_enterprise", "social_group", "social_group", "enterprise", "enterprise", "enterprise", "foundation"}
)

func (m *maker) organisations() error {
	for i := range m.Departments {
		name := "江北区" + departments[i%len(departments)]
		if i >= len(departments) {
			name += "第" + strconv.Itoa(i/len(departments)+1) + "分部"
		}
		m.leniency = append(m.leniency, 2*m.bell())
		if err := m.write(1, "organisation", departmentID(i), name, "purchaser", uscc("11", 1000+i), "", "500105", "1995-01-01"); err != nil {
			return err
		}
	}
	m.leniency[1] = 100
	m.plant("full_marks_to_all", "purchaser", departmentID(1), "gives every contract 100 on every indicator")
	for i := range m.Suppliers {
		kind := typesByTen[i%len(typesByTen)]
		s := supplier{id: supplierID(i), kind: kind, quality: 82 + 5.5*m.bell(), registered: date(2006+m.rng.IntN(14), 1+m.rng.IntN(12), 1+m.rng.IntN(28))}
		ending := typeEnding[kind]
		prefix := ending[1]
		if kind != "enterprise" {
			prefix = "5" + prefix[1:]
		}
		name := "重庆市江北区" + surnames[i%len(surnames)] + fields[i/len(surnames)%len(fields)]
		if round := i / (len(surnames) * len(fields)); round > 0 {
			name += "第" + strconv.Itoa(round+1)
		}
		s.name, s.uscc = name+ending[0], uscc(prefix, 20000+i)
		m.suppliers = append(m.suppliers, s)
		if err := m.write(1, "organisation", s.id, s.name, "supplier", s.uscc, kind, "500105", iso(s.registered)); err != nil {
			return err
		}
	}
	for i := range m.Evaluators {
		m.severity = append(m.severity, 1.5*m.bell())
		name := "重庆" + surnames[(i*7)%len(surnames)] + "第三方评估中心"
		if i >= len(surnames) {
			name += strconv.Itoa(i/len(surnames) + 1)
		}
		if err := m.write(1, "organisation", evaluatorID(i), name, "evaluator", uscc("52", 90000+i), "", "500105", "2012-05-01"); err != nil {
			return err
		}
	}
	m.severity[0] = -8
	m.plant("strict_evaluator", "evaluator", evaluatorID(0), "scores about 8 points below the others")
	return nil
}

func departmentID(i int) string { return fmt.Sprintf("P%03d", i+1) }
func supplierID(i int) string   { return fmt.Sprintf("S%04d", i+1) }
func evaluatorID(i int) string  { return fmt.Sprintf("E%02d", i+1) }

// catalogue writes the groups and their items.
func (m *maker) catalogue() error {
	for g, group := range groups {
		parent := fmt.Sprintf("A%02d", g+1)
		if err := m.write(1, "catalog_item", parent, group.name, "", group.nature, "true"); err != nil {
			return err
		}
		for i, name := range group.items {
			if err := m.write(1, "catalog_item", fmt.Sprintf("%s%02d", parent, i+1), name, parent, group.nature, "true"); err != nil {
				return err
			}
		}
	}
	return nil
}

// conduct writes the planted and some ordinary credit events, and the annual inspections.
func (m *maker) conduct() error {
	last := m.FirstYear + m.Years - 1
	events := 0
	event := func(night, s int, kind, severity string, on, ends, repaired time.Time, contractNo string) (string, error) {
		events++
		id := fmt.Sprintf("X%04d", events)
		return id, m.write(night, "credit_event", supplierID(s), id, kind, severity, iso(on), "江北区民政局", fmt.Sprintf("江北民〔%d〕%d号", on.Year(), events), iso(ends), iso(repaired), contractNo)
	}
	planted := []struct {
		situation, kind, severity string
		night, supplier           int
		on, ends, repaired        time.Time
		contract                  bool
	}{
		{"commendation", "commendation", "commendation", 1, 1, date(last, 5, 4), time.Time{}, time.Time{}, false},
		{"safety_incident", "safety_incident", "serious", 2, 2, date(last, 11, 18), date(last+1, 11, 18), time.Time{}, true},
		{"rectification_order", "rectification_order", "general", 1, 3, date(last, 9, 1), date(last+1, 6, 30), time.Time{}, true},
		{"false_report", "false_report", "serious", 1, 4, date(last, 6, 20), date(last+2, 6, 20), time.Time{}, true},
		{"false_claim", "false_claim", "serious", 3, 5, date(last+1, 2, 10), date(last+3, 2, 10), time.Time{}, false},
		{"repaired_offence", "late_report", "general", 1, 6, date(last-1, 4, 8), time.Time{}, date(last, 10, 15), false},
	}
	for _, p := range planted {
		no := ""
		if p.contract {
			no = m.lastContractOf(p.supplier)
		}
		id, err := event(p.night, p.supplier, p.kind, p.severity, p.on, p.ends, p.repaired, no)
		if err != nil {
			return err
		}
		m.plant(p.situation, "supplier", supplierID(p.supplier), strings.TrimSpace("credit event "+id+" "+no))
	}
	for i := 10; i < m.Suppliers; i += 9 {
		kind := []string{"late_report", "contract_breach", "tax_violation"}[m.rng.IntN(3)]
		if _, err := event(1, i, kind, "general", date(m.FirstYear+m.rng.IntN(m.Years), 1+m.rng.IntN(12), 1+m.rng.IntN(28)), time.Time{}, time.Time{}, ""); err != nil {
			return err
		}
	}
	for _, o := range m.offences() {
		if _, err := event(m.nightOf(o.on), o.supplier, o.kind, "general", o.on, time.Time{}, time.Time{}, ""); err != nil {
			return err
		}
	}
	if err := m.grounds(event); err != nil {
		return err
	}
	for i, s := range m.suppliers {
		if s.kind == "enterprise" {
			continue
		}
		for year := m.FirstYear; year < m.FirstYear+m.Years; year++ {
			result := "passed"
			if (i+year)%17 == 0 {
				result = "basic"
			}
			if i%61 == 33 && year == last-1 {
				result = "failed"
			}
			if err := m.write(1, "inspection", s.id, strconv.Itoa(year), result); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *maker) lastContractOf(supplier int) string {
	for i := len(m.contracts) - 1; i >= 0; i-- {
		if m.contracts[i].supplier == supplier {
			return m.contracts[i].no
		}
	}
	return ""
}

// assessments writes the item scores of three in ten social organisations.
func (m *maker) assessments() error {
	items := []struct {
		section, item string
		most          int
	}{{"basic_conditions", "法人资格与章程", 60}, {"basic_conditions", "年度检查", 40}, {"internal_governance", "组织机构", 130}, {"internal_governance", "财务资产管理", 170},
		{"internal_governance", "人力资源", 100}, {"work_performance", "业务活动", 250}, {"work_performance", "信息公开", 150}, {"social_evaluation", "公众评价", 50}, {"social_evaluation", "管理部门评价", 50}}
	for i, s := range m.suppliers {
		if s.kind == "enterprise" || i%10 > 4 {
			continue
		}
		on := date(m.FirstYear+m.rng.IntN(m.Years), 10, 1+m.rng.IntN(28))
		level := min(0.99, max(0.5, (s.quality+4)/100))
		for _, item := range items {
			section := item.section
			if s.kind == "private_non_enterprise" && section == "work_performance" {
				section = "business_integrity"
			}
			points := min(float64(item.most), max(0, float64(item.most)*(level+0.03*m.bell())))
			if err := m.write(1, "assessment_item", s.id, section, item.item, tenths(points), strconv.Itoa(item.most), iso(on)); err != nil {
				return err
			}
		}
	}
	return nil
}
