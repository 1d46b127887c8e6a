//go:build go1.21

package signers

// files are how to make the scheme of a file, by the names of the vendors that are one for any number of files. It is no field of
// Scheme, since a type whose functions return it cannot be interpreted.
var files = make(map[string]func(v Values) (Scheme, []Fault))

// RegisterFiles registers a vendor whose configurations may name a file that contains the scheme, with its options and Claims.
// scheme makes it from the values of the options of the kind File, which are the contents of the files. Like Register, it is
// called by init functions.
func RegisterFiles(name string, scheme func(v Values) (Scheme, []Fault)) { files[name] = scheme }

// HasFiles reports whether a vendor's scheme comes from a file.
func HasFiles(name string) bool { return files[name] != nil }

// FileScheme is the scheme in the file that the vendor's values contain. HasFiles must be true for the vendor.
func FileScheme(name string, v Values) (Scheme, []Fault) {
	read := files[name]
	scheme, faults := read(v)
	return scheme, faults
}
