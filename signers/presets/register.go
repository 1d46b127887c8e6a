//go:build go1.21

package presets

// Each built-in preset is registered by its name. Nothing is parsed here: a gateway uses a few of them, and to
// parse all would delay its start, above all in an interpreter.
func init() {
	for name, file := range files() {
		register(name, file)
	}
}
