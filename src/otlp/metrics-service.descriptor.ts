/** Made from proto/opentelemetry by `npm run generate`. */
export const DESCRIPTOR = {
  nested: {
    opentelemetry: {
      nested: {
        proto: {
          nested: {
            collector: {
              nested: {
                metrics: {
                  nested: {
                    v1: {
                      nested: {
                        ExportMetricsServiceRequest: {
                          fields: { resourceMetrics: { rule: 'repeated', type: 'ResourceMetrics', id: 1 } },
                        },
                        ExportMetricsServiceResponse: {
                          fields: { partialSuccess: { type: 'ExportMetricsPartialSuccess', id: 1 } },
                        },
                        ExportMetricsPartialSuccess: {
                          fields: {
                            rejectedDataPoints: { type: 'int64', id: 1 },
                            errorMessage: { type: 'string', id: 2 },
                          },
                        },
                        Status: {
                          fields: { code: { type: 'int32', id: 1 }, message: { type: 'string', id: 2 } },
                        },
                        ResourceMetrics: {
                          fields: {
                            resource: { type: 'Resource', id: 1 },
                            scopeMetrics: { rule: 'repeated', type: 'ScopeMetrics', id: 2 },
                          },
                        },
                        Resource: { fields: { attributes: { rule: 'repeated', type: 'KeyValue', id: 1 } } },
                        ScopeMetrics: {
                          fields: {
                            scope: { type: 'InstrumentationScope', id: 1 },
                            metrics: { rule: 'repeated', type: 'Metric', id: 2 },
                          },
                        },
                        InstrumentationScope: {
                          fields: { name: { type: 'string', id: 1 }, version: { type: 'string', id: 2 } },
                        },
                        KeyValue: {
                          fields: { key: { type: 'string', id: 1 }, value: { type: 'AnyValue', id: 2 } },
                        },
                        AnyValue: {
                          oneofs: {
                            value: { oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue'] },
                          },
                          fields: {
                            stringValue: { type: 'string', id: 1 },
                            boolValue: { type: 'bool', id: 2 },
                            intValue: { type: 'int64', id: 3 },
                            doubleValue: { type: 'double', id: 4 },
                          },
                        },
                        Metric: {
                          oneofs: {
                            data: { oneof: ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] },
                          },
                          fields: {
                            name: { type: 'string', id: 1 },
                            gauge: { type: 'Gauge', id: 5 },
                            sum: { type: 'Sum', id: 7 },
                            histogram: { type: 'Histogram', id: 9 },
                            exponentialHistogram: { type: 'ExponentialHistogram', id: 10 },
                            summary: { type: 'Summary', id: 11 },
                          },
                        },
                        AggregationTemporality: {
                          values: {
                            AGGREGATION_TEMPORALITY_UNSPECIFIED: 0,
                            AGGREGATION_TEMPORALITY_DELTA: 1,
                            AGGREGATION_TEMPORALITY_CUMULATIVE: 2,
                          },
                        },
                        Gauge: {
                          fields: { dataPoints: { rule: 'repeated', type: 'NumberDataPoint', id: 1 } },
                        },
                        Sum: {
                          fields: {
                            dataPoints: { rule: 'repeated', type: 'NumberDataPoint', id: 1 },
                            aggregationTemporality: { type: 'AggregationTemporality', id: 2 },
                            isMonotonic: { type: 'bool', id: 3 },
                          },
                        },
                        Histogram: {
                          fields: {
                            dataPoints: { rule: 'repeated', type: 'HistogramDataPoint', id: 1 },
                            aggregationTemporality: { type: 'AggregationTemporality', id: 2 },
                          },
                        },
                        ExponentialHistogram: {
                          fields: { dataPoints: { rule: 'repeated', type: 'UnreadDataPoint', id: 1 } },
                        },
                        Summary: {
                          fields: { dataPoints: { rule: 'repeated', type: 'UnreadDataPoint', id: 1 } },
                        },
                        UnreadDataPoint: {
                          fields: {
                            startTimeUnixNano: { type: 'fixed64', id: 2 },
                            timeUnixNano: { type: 'fixed64', id: 3 },
                          },
                        },
                        NumberDataPoint: {
                          oneofs: { value: { oneof: ['asDouble', 'asInt'] } },
                          fields: {
                            attributes: { rule: 'repeated', type: 'KeyValue', id: 7 },
                            startTimeUnixNano: { type: 'fixed64', id: 2 },
                            timeUnixNano: { type: 'fixed64', id: 3 },
                            asDouble: { type: 'double', id: 4 },
                            asInt: { type: 'sfixed64', id: 6 },
                            flags: { type: 'uint32', id: 8 },
                          },
                        },
                        HistogramDataPoint: {
                          oneofs: { _sum: { oneof: ['sum'] } },
                          fields: {
                            attributes: { rule: 'repeated', type: 'KeyValue', id: 9 },
                            startTimeUnixNano: { type: 'fixed64', id: 2 },
                            timeUnixNano: { type: 'fixed64', id: 3 },
                            count: { type: 'fixed64', id: 4 },
                            sum: { type: 'double', id: 5, options: { proto3_optional: true } },
                            bucketCounts: { rule: 'repeated', type: 'fixed64', id: 6 },
                            explicitBounds: { rule: 'repeated', type: 'double', id: 7 },
                            flags: { type: 'uint32', id: 10 },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};
