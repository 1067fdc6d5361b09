package district

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// One service in narratedEvery has a narrative of the third party; the first copied of its author are one text.
const narratedEvery, copied = 3, 3

// What narratives say, a choice of each part of a sentence at a time; their heading is that of a form.
const formHeading = "根据区政府购买服务绩效评价办法和合同约定，现将本项目的评价情况报告如下。"

var said = [4][]string{
	{"上门探访", "服务台账", "志愿者排班", "热线受理", "活动组织", "人员培训", "场地管理", "材料归档", "个案跟进", "转介衔接"},
	{"总体按季度计划推进", "比上一年明显规范", "做到了逐项留痕", "覆盖到各个社区", "由专人负责到底", "与街道保持了协调", "在年中作过一次调整", "能够按约定频次完成", "前松后紧的情况有所缓解", "得到社区工作人员肯定"},
	{"但个别月份记录偏简", "抽查中有两处日期不清", "仍有少数对象联系不上", "夜间时段的安排略显不足", "新进人员尚需带教", "与合同附件的口径略有出入", "个别签到表缺少签名", "部分照片未注明时间", "回访间隔偏长", "高温天气期间有所减少"},
	{"现场已经当面提出", "承接方当周补正", "建议下一年度写进合同", "已列入整改清单", "经复核不影响目标", "拟在下次检查时再看", "购买主体表示认可", "双方约定按月通报", "建议增加抽查次数", "相关资料附后"},
}

// narrate writes what third parties wrote of services, by a stream of numbers of its own. One of them wrote the same of several.
func (m *maker) narrate() error {
	rng := rand.New(rand.NewPCG(m.Seed, 2023))
	same, author, left := "", -1, copied
	var copies []string
	for i := range m.contracts {
		c := &m.contracts[i]
		on := c.end.AddDate(0, 0, 12)
		if i%narratedEvery > 0 || c.noThirdParty || m.nightOf(on) == 0 {
			continue
		}
		text := observations(rng) // drawn for everyone, so that the planted text moves no other
		if author < 0 {
			same, author = text, c.evaluator
		}
		if c.evaluator == author && left > 0 {
			text = same
			left--
			copies = append(copies, c.no)
		}
		opening := fmt.Sprintf("“%s”项目全年服务%d人次，抽查%d份资料。", c.itemName, 200+rng.IntN(3000), 10+rng.IntN(40))
		if err := m.write(m.nightOf(on), "narrative", c.no, "third_party", evaluatorID(c.evaluator), iso(on), formHeading+opening+text); err != nil {
			return err
		}
	}
	m.plant("alike_narratives", "evaluator", evaluatorID(author), "wrote the same but for name and figures on "+strings.Join(copies, " "))
	return nil
}

// observations are six sentences.
func observations(rng *rand.Rand) string {
	var b strings.Builder
	for range 6 {
		for part, choice := range said {
			b.WriteString(choice[rng.IntN(len(choice))])
			b.WriteString([]string{"", "，", "，", "。"}[part])
		}
	}
	return b.String()
}
