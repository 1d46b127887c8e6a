//go:build go1.21

package signers

// files are how to make the scheme of a file, by the names of the vendors that are one for any number of files. It is no field of
// Scheme, since a type whose functions return it cannot be interpreted.
var files = make(map[string]func(v Values) (Scheme, []Fault))

// RegisterFiles says that a configuration of the vendor may name a file with a scheme of its own, with options and Claims. scheme
// makes it of the values of the vendor's options of the kind File, which are the file's content. It is called as Register is.
func RegisterFiles(name string, scheme func(v Values) (Scheme, []Fault)) { files[name] = scheme }

// HasFiles reports whether the scheme of a vendor is that of a file.
func HasFiles(name string) bool { return files[name] != nil }

// FileScheme is the scheme of the file that values of the vendor have. HasFiles must be true of the vendor.
func FileScheme(name string, v Values) (Scheme, []Fault) {
	read := files[name]
	scheme, faults := read(v)
	return scheme, faults
}
