// Package bft is the JavaScript module k6/x/bft.
package bft

import (
	"github.com/grafana/sobek"
	"github.com/sirupsen/logrus"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
)

// ImportPath is what scripts import.
const ImportPath = "k6/x/bft"

// New is the module of one k6 process: what all its virtual users share.
func New() modules.Module {
	return &rootModule{hosts: newHosts()}
}

type rootModule struct{ hosts *hosts }

var _ modules.Module = (*rootModule)(nil)

// NewModuleInstance is called once for each virtual user.
func (r *rootModule) NewModuleInstance(vu modules.VU) modules.Instance {
	return &module{
		vu:      vu,
		hosts:   r.hosts,
		metrics: newOperationMetrics(vu),
		log:     vu.InitEnv().Logger.WithField("module", ImportPath),
	}
}

type module struct {
	vu      modules.VU
	hosts   *hosts
	metrics *operationMetrics
	log     logrus.FieldLogger
}

func (m *module) Exports() modules.Exports {
	return modules.Exports{Named: map[string]any{"Client": m.newClient}}
}

// newClient is the constructor. It opens nothing: scripts are also read to be inspected.
func (m *module) newClient(call sobek.ConstructorCall) *sobek.Object {
	runtime := m.vu.Runtime()
	options, err := parseOptions(call.Argument(0))
	if err != nil {
		common.Throw(runtime, err)
	}
	object, ok := runtime.ToValue(&client{module: m, options: options}).(*sobek.Object)
	if !ok {
		common.Throw(runtime, errNoObject)
	}
	if err := object.SetPrototype(call.This.Prototype()); err != nil {
		common.Throw(runtime, err)
	}
	return object
}
