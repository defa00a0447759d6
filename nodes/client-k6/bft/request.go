package bft

import (
	"context"
	"errors"
	"time"

	"xk6-bft/history"
	"xk6-bft/kv"
	"xk6-bft/quorum"
)

// notAResult is an answer of f+1 replicas that no operation of this kind has.
const notAResult = "the answer is no result of this operation"

const restFor = 10 * time.Millisecond

// neverSent is how an operation ends that came when the load was over. It counts nowhere.
var neverSent = ending{outcome: fail, because: "the test ended before it was sent", unsent: true}

// request is one operation on its way.
type request struct {
	bytes []byte
	// because says why it cannot even be written down.
	because string
	record  history.Operation
	// read makes an ending of the result that f+1 replicas agree on.
	read func(result []byte) ending
}

func keyedRequest(operation kv.Operation) request {
	built := request{record: history.Operation{Name: string(operation.Kind), Key: &operation.Key}}
	switch operation.Kind {
	case kv.Write, kv.Append:
		built.record.Argument = operation.Value
	case kv.Cas:
		built.record.Argument = []*string{operation.From, &operation.Value}
	}
	bytes, err := operation.Encode()
	if err != nil {
		built.because = err.Error()
	}
	built.bytes = bytes
	built.read = func(result []byte) ending {
		decoded, genuine := operation.Decode(result)
		switch {
		case !genuine:
			return ending{outcome: fail, because: notAResult}
		case !decoded.OK:
			return ending{outcome: fail, because: decoded.Refused}
		case decoded.Value != nil:
			return ending{outcome: ok, value: *decoded.Value}
		default:
			return ending{outcome: ok}
		}
	}
	return built
}

func rawRequest(operation []byte) request {
	return request{
		bytes:  operation,
		record: history.Operation{Name: "null"},
		read:   func(result []byte) ending { return ending{outcome: ok, value: result} },
	}
}

func isNullOperation(operation []byte) bool {
	for _, value := range operation {
		if value != 0 {
			return false
		}
	}
	return true
}

// perform fails only if the history cannot be written: a history with holes would be judged as if
// it were whole.
func (h *openHost) perform(ctx context.Context, request request, began time.Time) (ending, error) {
	if request.because != "" {
		return ending{outcome: fail, because: request.because}, nil
	}
	if !h.gate.enter() {
		rest(ctx)
		return neverSent, nil
	}
	defer h.gate.leave()
	intended := h.clock() - time.Since(began)
	client := h.host.Acquire(ctx, h.gate.shut)
	if client == nil {
		return neverSent, nil
	}
	defer h.host.Release(client)
	call := history.Call{Client: client.ID, Operation: request.record, Intended: intended}
	completion, err := client.Invoke(ctx, request.bytes, func(timestamp uint64) error {
		call.Timestamp = timestamp
		return h.record(func(to *history.Recorder) error { return to.Invoked(call) })
	})
	var oversized quorum.OversizedError
	if errors.As(err, &oversized) {
		err = h.record(func(to *history.Recorder) error { return to.Refused(call, oversized.Error()) })
		return ending{outcome: fail, because: oversized.Error()}, err
	}
	if err != nil {
		return ending{}, err
	}
	ended := ending{outcome: unknown}
	if completion.Answered {
		ended = request.read(completion.Result)
		ended.view = &completion.View
	}
	ended.retransmissions = completion.Retransmissions
	return ended, h.record(func(to *history.Recorder) error { return recordEnding(to, call, ended) })
}

// rest keeps virtual users that ask again at once from spinning until k6 has stopped.
func rest(ctx context.Context) {
	select {
	case <-time.After(restFor):
	case <-ctx.Done():
	}
}

func (h *openHost) record(write func(*history.Recorder) error) error {
	if h.recorder == nil {
		return nil
	}
	return write(h.recorder)
}

func recordEnding(to *history.Recorder, call history.Call, ended ending) error {
	if ended.view == nil {
		return to.Unknown(call)
	}
	answer := history.Answer{OK: ended.outcome == ok, View: *ended.view}
	// An answer that is no result is no proof that nothing happened.
	if ended.because != notAResult {
		answer.Error = ended.because
	}
	if value, isText := ended.value.(string); isText {
		answer.Value = &value
	}
	return to.Answered(call, answer)
}
