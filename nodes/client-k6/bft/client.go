package bft

import (
	"errors"
	"fmt"
	"slices"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"

	"xk6-bft/kv"
)

// client is what `new Client(...)` gives a script. Its methods throw for a script that is wrong,
// never for what the cluster does.
type client struct {
	module  *module
	options options
}

// Read gives the value of a key, null for an absent one.
func (c *client) Read(key sobek.Value) *sobek.Promise {
	return c.keyed(kv.Operation{Kind: kv.Read, Key: c.text("key", key)})
}

// Write stores a value.
func (c *client) Write(key, value sobek.Value) *sobek.Promise {
	return c.keyed(kv.Operation{Kind: kv.Write, Key: c.text("key", key), Value: c.text("value", value)})
}

// Append stores what is there, and the value behind it.
func (c *client) Append(key, value sobek.Value) *sobek.Promise {
	return c.keyed(kv.Operation{Kind: kv.Append, Key: c.text("key", key), Value: c.text("value", value)})
}

// Cas stores a value if it finds the expected one; null expects an absent key.
func (c *client) Cas(key, from, to sobek.Value) *sobek.Promise {
	operation := kv.Operation{Kind: kv.Cas, Key: c.text("key", key), Value: c.text("to", to)}
	if from == nil || !sobek.IsNull(from) {
		expected := c.text("from", from)
		operation.From = &expected
	}
	return c.keyed(operation)
}

// Delete makes a key absent.
func (c *client) Delete(key sobek.Value) *sobek.Promise {
	return c.keyed(kv.Operation{Kind: kv.Delete, Key: c.text("key", key)})
}

// Invoke sends bytes to whatever service the cluster runs and gives its answer as bytes.
func (c *client) Invoke(operation sobek.Value) *sobek.Promise {
	if operation == nil {
		c.throw(errors.New("operation is missing"))
	}
	bytes, err := common.ToBytes(operation.Export())
	if err != nil {
		c.throw(fmt.Errorf("operation: %w", err))
	}
	if c.options.history != "" && !isNullOperation(bytes) {
		c.throw(errors.New(
			"with a history, invoke takes null operations only (zero bytes): no checker could judge others"))
	}
	return c.start(rawRequest(slices.Clone(bytes)))
}

func (c *client) keyed(operation kv.Operation) *sobek.Promise {
	return c.start(keyedRequest(operation))
}

func (c *client) text(name string, value sobek.Value) string {
	if value == nil || !sobek.IsString(value) {
		c.throw(fmt.Errorf("%s must be a string, not %v", name, value))
	}
	return value.String()
}

func (c *client) throw(err error) {
	common.Throw(c.module.vu.Runtime(), err)
}

// start promises the operation's ending and leaves the event loop while it is awaited.
func (c *client) start(request request) *sobek.Promise {
	vu := c.module.vu
	if vu.State() == nil {
		c.throw(errors.New("operations need a running test: not in the init context"))
	}
	host, err := c.module.hosts.of(c.options, c.module.log)
	if err != nil {
		c.throw(err)
	}
	runtime, ctx := vu.Runtime(), vu.Context()
	measurement := c.module.measure(request.record.Name, c.options.phases)
	promise, resolve, reject := runtime.NewPromise()
	callback := vu.RegisterCallback()
	go func() {
		ended, err := host.perform(ctx, request, measurement.began)
		if err != nil {
			callback(func() error { return reject(runtime.NewGoError(err)) })
			return
		}
		if !ended.unsent {
			measurement.report(ctx, ended)
		}
		callback(func() error {
			object, err := ended.object(runtime)
			if err != nil {
				return err
			}
			return resolve(object)
		})
	}()
	return promise
}
