/** A run's curve as a TensorBoard event file: one Event a step, its numbers as scalars. */
import protobuf from 'protobufjs/light.js'
import { framed } from './records.ts'

/** The part of TensorFlow's public event.proto and summary.proto that scalars need. */
const eventType = protobuf.Root.fromJSON({
  nested: {
    Event: {
      oneofs: { what: { oneof: ['fileVersion', 'summary'] } },
      fields: {
        wallTime: { id: 1, type: 'double' },
        step: { id: 2, type: 'int64' },
        fileVersion: { id: 3, type: 'string' },
        summary: { id: 5, type: 'Summary' },
      },
    },
    Summary: {
      fields: { value: { id: 1, type: 'Value', rule: 'repeated' } },
      nested: { Value: { fields: { tag: { id: 1, type: 'string' }, simpleValue: { id: 2, type: 'float' } } } },
    },
  },
}).lookupType('Event')

/** Numbers of one step, by tag, such as `dev/CIDEr`. */
export interface ScalarStep {
  step: number
  values: Readonly<Record<string, number>>
}

/** The whole file. `time`: seconds since 1970 that every event carries, for a curve does not keep when its points were made. */
export function eventFile(steps: readonly ScalarStep[], time: number): Uint8Array {
  const events = [
    { wallTime: time, step: 0, fileVersion: 'brain.Event:2' },
    ...steps.map(({ step, values }) => ({
      wallTime: time,
      step,
      summary: { value: Object.entries(values).map(([tag, simpleValue]) => ({ tag, simpleValue })) },
    })),
  ]
  return Buffer.concat(events.map((event) => framed(eventType.encode(eventType.create(event)).finish())))
}

/** TensorBoard takes a file for events by this name. */
export function eventFileName(time: number): string {
  return `events.out.tfevents.${Math.floor(time)}.capstan`
}
