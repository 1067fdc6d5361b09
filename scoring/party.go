package scoring

import "fmt"

// partyNames are the words of the files, by number.
var partyNames = [...]string{None: "", Purchaser: "purchaser", Recipient: "recipient", ThirdParty: "third_party"}

// Parties lists the three parties in the order of their numbers.
func Parties() []Party { return []Party{Purchaser, Recipient, ThirdParty} }

// String is the party's word in files and policies; empty for None.
func (p Party) String() string {
	if int(p) < len(partyNames) {
		return partyNames[p]
	}
	return fmt.Sprintf("party %d", uint8(p))
}

// ParseParty reads the word of a party; the empty word is None.
func ParseParty(word string) (Party, error) {
	for p, name := range partyNames {
		if name == word {
			return Party(p), nil
		}
	}
	return None, fmt.Errorf("found party %q, expected purchaser, recipient or third_party", word)
}

// MarshalText writes the party's word.
func (p Party) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the party's word.
func (p *Party) UnmarshalText(text []byte) error {
	party, err := ParseParty(string(text))
	*p = party
	return err
}
