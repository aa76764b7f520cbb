/** Event files read back by a reader of their own, which follows TensorFlow's public description and not our writer. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventFile, eventFileName } from '#engine/tensorboard/events.ts'
import { crc32c, maskedCrc } from '#engine/tensorboard/records.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { importImages, testWorkspace } from '../../../support/workspace.ts'

/** Records of a TFRecord file, every CRC checked bit by bit. */
function recordsOf(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const records: Uint8Array[] = []
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true))
    expect(view.getUint32(at + 8, true)).toBe(slowMasked(file.subarray(at, at + 8)))
    const data = file.subarray(at + 12, at + 12 + length)
    expect(data).toHaveLength(length)
    expect(view.getUint32(at + 12 + length, true)).toBe(slowMasked(data))
    records.push(data)
    at += 16 + length
  }
  return records
}

function slowMasked(bytes: Uint8Array): number {
  let crc = 0xffffffffn
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n
  }
  crc ^= 0xffffffffn
  return Number(((((crc >> 15n) | (crc << 17n)) & 0xffffffffn) + 0xa282ead8n) & 0xffffffffn)
}

interface Field {
  number: number
  value: bigint | Uint8Array
}

/** The fields of a protobuf message: varints, 4 and 8 bytes, and what has a length. */
function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const take = (length: number): Uint8Array => message.subarray(at, (at += length))
  while (at < message.length) {
    const key = Number(varint())
    const kind = key & 7
    fields.push({ number: key >> 3, value: kind === 0 ? varint() : take(kind === 1 ? 8 : kind === 5 ? 4 : Number(varint())) })
  }
  return fields
}

const bytesOf = (fields: readonly Field[], number: number): Uint8Array => fields.find((field) => field.number === number)?.value as Uint8Array
const textOf = (fields: readonly Field[], number: number): string => Buffer.from(bytesOf(fields, number)).toString('utf8')

describe('event files', () => {
  test('CRC-32C is that of RFC 3720', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    expect(maskedCrc(Buffer.from('123456789'))).toBe(slowMasked(Buffer.from('123456789')))
  })

  test('begin with their version, then hold a scalar for each number of each step', () => {
    const file = eventFile(
      [
        { step: 50, values: { 'train/loss': 2.5, 'train/learning_rate': 0.001 } },
        { step: 300, values: { 'dev/CIDEr': 0.75 } },
      ],
      1_700_000_000.25,
    )
    const [version, ...events] = recordsOf(file).map(fieldsOf)
    expect(textOf(version, 3)).toBe('brain.Event:2')
    const read = events.map((event) => {
      const values = fieldsOf(bytesOf(event, 5)).map(({ value }) => fieldsOf(value as Uint8Array))
      return {
        time: Buffer.from(bytesOf(event, 1)).readDoubleLE(0),
        step: event.find(({ number }) => number === 2)?.value,
        values: values.map((each) => [textOf(each, 1), Buffer.from(bytesOf(each, 2)).readFloatLE(0)]),
      }
    })
    expect(read).toEqual([
      {
        time: 1_700_000_000.25,
        step: 50n,
        values: [
          ['train/loss', 2.5],
          ['train/learning_rate', Math.fround(0.001)],
        ],
      },
      { time: 1_700_000_000.25, step: 300n, values: [['dev/CIDEr', 0.75]] },
    ])
    expect(eventFileName(1_700_000_000.25)).toBe('events.out.tfevents.1700000000.capstan')
  })
})

test('a training run of a workspace goes into one file, losses and scores in the order of their steps', async () => {
  const workspace = await testWorkspace()
  const { service } = workspace
  await importImages(workspace, 1)
  const points = [50, 100].map((step) => ({ step, epoch: step / 50, loss: 100 / step, learningRate: 0.001, speed: 900 }))
  await service.applyBatch(1, { kind: 'training-points', totalSteps: 100, points })
  await service.applyBatch(1, { kind: 'training-sample', sample: { step: 60, epoch: 1.2, scores: { CIDEr: 0.5 }, captions: [] } })
  const file = join(temporaryFolder(), 'events.out.tfevents.1.capstan')
  await workspace.call('training.exportEvents', { file, jobId: 1 })
  const steps = recordsOf(readFileSync(file)).map((event) => fieldsOf(event).find(({ number }) => number === 2)?.value)
  expect(steps.slice(1)).toEqual([50n, 60n, 100n])
  expect(readFileSync(file, 'latin1')).toContain('dev/CIDEr')
})
