package bft

import (
	"context"
	"time"

	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/metrics"
)

type operationMetrics struct {
	duration    *metrics.Metric
	operations  *metrics.Metric
	failed      *metrics.Metric
	retransmits *metrics.Metric
}

func newOperationMetrics(vu modules.VU) *operationMetrics {
	registry := vu.InitEnv().Registry
	of := func(name string, kind metrics.MetricType, contains metrics.ValueType) *metrics.Metric {
		metric, err := registry.NewMetric(name, kind, contains)
		if err != nil {
			common.Throw(vu.Runtime(), err)
		}
		return metric
	}
	return &operationMetrics{
		duration:    of("bft_op_duration", metrics.Trend, metrics.Time),
		operations:  of("bft_ops", metrics.Counter, metrics.Default),
		failed:      of("bft_op_failed", metrics.Rate, metrics.Default),
		retransmits: of("bft_retransmits", metrics.Counter, metrics.Default),
	}
}

// measurement is where the samples of one operation go, as it was when it was asked for.
type measurement struct {
	metrics *operationMetrics
	state   *lib.State
	tags    metrics.TagsAndMeta
	began   time.Time
}

func (m *module) measure(kind string, phases phases) measurement {
	began := time.Now()
	state := m.vu.State()
	tags := state.Tags.GetCurrentValues()
	tags.SetTag("op", kind)
	// What setup and teardown do belongs to no phase.
	if scenario := lib.GetScenarioState(m.vu.Context()); scenario != nil && len(phases) > 0 {
		tags.SetTag("phase", phases.at(began.Sub(scenario.StartTime)))
	}
	return measurement{metrics: m.metrics, state: state, tags: tags, began: began}
}

// report counts as failed what gave no result: a cas that did not swap is one.
func (m measurement) report(ctx context.Context, ended ending) {
	now := time.Now()
	m.tags.SetTag("outcome", string(ended.outcome))
	sample := func(metric *metrics.Metric, value float64) metrics.Sample {
		return metrics.Sample{
			TimeSeries: metrics.TimeSeries{Metric: metric, Tags: m.tags.Tags},
			Time:       now,
			Metadata:   m.tags.Metadata,
			Value:      value,
		}
	}
	failed := 0.0
	if !ended.hasResult() {
		failed = 1
	}
	samples := []metrics.Sample{
		sample(m.metrics.duration, metrics.D(now.Sub(m.began))),
		sample(m.metrics.operations, 1),
		sample(m.metrics.failed, failed),
		sample(m.metrics.retransmits, float64(ended.retransmissions)),
	}
	metrics.PushIfNotDone(ctx, m.state.Samples, metrics.ConnectedSamples{
		Samples: samples, Tags: m.tags.Tags, Time: now,
	})
}
