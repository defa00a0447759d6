package bft

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/lib/types"

	"xk6-bft/transport"
)

var errNoObject = errors.New("new Client({ host, history, phases }) takes one object")

// options of a Client, as a script gives them.
type options struct {
	host   transport.Config
	phases phases
	// history is a file's path; none: nothing is recorded.
	history string
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

func parseOptions(runtime *sobek.Runtime, value sobek.Value) (options, error) {
	object, ok := value.(*sobek.Object)
	if !ok {
		return options{}, errNoObject
	}
	var parsed options
	for _, key := range object.Keys() {
		text, err := json.Marshal(object.Get(key).Export())
		if err != nil {
			return parsed, fmt.Errorf("%s: %w", key, err)
		}
		switch key {
		case "host":
			parsed.key = string(text)
			parsed.host, err = transport.ParseConfig(text)
		case "history":
			err = json.Unmarshal(text, &parsed.history)
		case "phases":
			parsed.phases, err = parsePhases(text)
		default:
			err = errors.New("no such option; allowed: host, history, phases")
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
