package bft

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/lib/types"

	"xk6-bft/transport"
)

// settingsVariable names a file with the options, in JSON, of a client that is given none: whoever
// starts k6 sets it, and then no script can forget its history.
const settingsVariable = "BFT_CLIENT"

var errNoObject = errors.New(
	"new Client({ host, history, phases }) takes one object, or none where " + settingsVariable +
		" names a file of options")

// options of a Client, as a script gives them.
type options struct {
	host   transport.Config
	phases phases
	// history is a file's path; none: nothing is recorded.
	history string
	// clock counts the times of the history from the first operation, or is the host's.
	clock string
	// until is "stdin" where the end of k6's standard input is the end of the load.
	until string
	// key is equal for two clients that share a host.
	key string
}

type phase struct {
	Name     string `json:"name"`
	Duration string `json:"duration"`
	length   time.Duration
}

// phases follow each other from the start of the scenario; the last one lasts.
type phases []phase

// at is the phase in force so long after the start; the empty string without phases.
func (p phases) at(elapsed time.Duration) string {
	for index, phase := range p {
		if elapsed < phase.length || index == len(p)-1 {
			return phase.Name
		}
		elapsed -= phase.length
	}
	return ""
}

func parseOptions(value sobek.Value) (options, error) {
	var parsed options
	given, err := givenOptions(value)
	if err != nil {
		return parsed, err
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		text := given[key]
		switch key {
		case "host":
			parsed.key = string(text)
			parsed.host, err = transport.ParseConfig(text)
		case "history":
			err = json.Unmarshal(text, &parsed.history)
		case "phases":
			parsed.phases, err = parsePhases(text)
		case "clock":
			parsed.clock, err = oneOf(text, "start", "host")
		case "until":
			parsed.until, err = oneOf(text, "stdin")
		default:
			err = errors.New("no such option; allowed: host, history, phases, clock, until")
		}
		if err != nil {
			return parsed, fmt.Errorf("%s: %w", key, err)
		}
	}
	if parsed.key == "" {
		return parsed, errors.New("host is missing: the configuration of a client host")
	}
	return parsed, nil
}

func givenOptions(value sobek.Value) (map[string]json.RawMessage, error) {
	given := map[string]json.RawMessage{}
	if path, set := os.LookupEnv(settingsVariable); set && sobek.IsUndefined(value) {
		text, err := os.ReadFile(filepath.Clean(path))
		if err == nil {
			err = json.Unmarshal(text, &given)
		}
		if err != nil {
			return nil, fmt.Errorf("the options in the file of %s: %w", settingsVariable, err)
		}
		return given, nil
	}
	object, ok := value.(*sobek.Object)
	if !ok {
		return nil, errNoObject
	}
	for _, key := range object.Keys() {
		text, err := json.Marshal(object.Get(key).Export())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		given[key] = text
	}
	return given, nil
}

func oneOf(text json.RawMessage, allowed ...string) (string, error) {
	var word string
	if err := json.Unmarshal(text, &word); err != nil {
		return "", err
	}
	if !slices.Contains(allowed, word) {
		return "", fmt.Errorf("%q; allowed: %s", word, strings.Join(allowed, ", "))
	}
	return word, nil
}

func parsePhases(text []byte) (phases, error) {
	var parsed phases
	if err := json.Unmarshal(text, &parsed); err != nil {
		return nil, err
	}
	for index := range parsed {
		last := index == len(parsed)-1
		if last && parsed[index].Duration == "" {
			continue
		}
		length, err := types.ParseExtendedDuration(parsed[index].Duration)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", parsed[index].Name, err)
		}
		parsed[index].length = length
	}
	return parsed, nil
}
