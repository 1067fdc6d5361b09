package store

import "strings"

// formulaSigns are how a formula may begin; the fullwidth ones are read as the plain ones by spreadsheets of East Asia.
const formulaSigns = "=+-@\t\r\n＝＋－＠"

// Harmless keeps a spreadsheet from taking a text for a formula: one that begins as formulas do gets an apostrophe in
// front. It is the one rule of every file that leaves the program to be opened in a spreadsheet.
func Harmless(text string) string {
	for _, first := range text {
		if strings.ContainsRune(formulaSigns, first) {
			return "'" + text
		}
		break
	}
	return text
}
