package district

// externallyListed is the place of the supplier that another authority lists.
const externallyListed = 9

// externalLists writes what other authorities list: one supplier of the district, one that was taken off again, and two that
// nobody here knows.
func (m *maker) externalLists() error {
	year := m.FirstYear + m.Years - 1
	known := &m.suppliers[externallyListed]
	for _, row := range [][]string{
		{"tax", known.uscc, known.name, iso(date(year, 8, 12)), iso(date(year+3, 8, 12)), "", "国家税务总局重庆市税务局", "渝税稽罚〔" + iso(date(year, 8, 12))[:4] + "〕41号", "虚开发票"},
		{"court", m.suppliers[7].uscc, m.suppliers[7].name, iso(date(year-1, 3, 5)), "", iso(date(year, 1, 20)), "重庆市江北区人民法院", "", "未履行生效判决"},
		{"procurement", uscc("91", 9001), "重庆某某物业管理有限公司", iso(date(year, 5, 6)), iso(date(year+2, 5, 6)), "", "财政部", "财库罚〔" + iso(date(year, 5, 6))[:4] + "〕3号", "提供虚假材料谋取中标"},
		{"social_organisation", uscc("52", 9002), "某某社会工作服务中心", iso(date(year, 9, 1)), iso(date(year+2, 9, 1)), "", "重庆市民政局", "", "连续两年未年检"},
	} {
		if err := m.write(1, "external_listing", row...); err != nil {
			return err
		}
	}
	m.plant("external_list", "supplier", known.id, "listed by the tax authority")
	return nil
}
