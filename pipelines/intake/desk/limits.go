package desk

// MaxBytes is the size of the largest file that the desk takes.
func (d *Desk) MaxBytes() int64 { return d.o.MaxBytes }
