package apps

// Mistakes are the causes that a gateway finds behind a wrong signature.
func Mistakes() (all []string) {
	for cause := range mistakes {
		all = append(all, cause)
	}
	return all
}

// SaysOf is what the gateway says of a cause.
func SaysOf(cause string) string { return mistakes[cause].says }
