//go:build go1.21

package presets

func init() {
	for name, file := range files() {
		register(name, file)
	}
}
