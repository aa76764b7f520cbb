import { MessageChannel, type MessagePort } from 'node:worker_threads'
import sharp from 'sharp'
import { afterEach, expect, test } from 'vitest'
import { photoLine, type PhotoPort } from '#engine/vision/photos/photo-line.ts'
import { servePhotos } from '#engine/vision/photos/serve-photos.ts'

/** The decoders' ends of the lines that were opened, in order. */
let opened: MessagePort[] = []
afterEach(() => opened.forEach((port) => port.close()))

const portOf = (port: MessagePort): PhotoPort => ({
  post: (message) => port.postMessage(message),
  onMessage: (listener) => void port.on('message', listener),
  onClose: (listener) => void port.on('close', listener),
  close: () => port.close(),
})

/** `decoder` gets the far end of each line, and its number. */
function line(decoder: (port: MessagePort, number: number) => void, growth?: number) {
  opened = []
  return photoLine(() => {
    const { port1, port2 } = new MessageChannel()
    opened.push(port2)
    decoder(port2, opened.length)
    return Promise.resolve(portOf(port1))
  }, growth)
}

const photo = (width: number): Promise<Uint8Array> =>
  sharp({ create: { width, height: 20, channels: 3, background: 'red' } })
    .png()
    .toBuffer()

test('photos are decoded at the other end, and what cannot be is told as it is here', async () => {
  const decode = line((port) => servePhotos(portOf(port)))
  expect(await decode('size', { bytes: await photo(30) })).toEqual({ width: 30, height: 20 })
  expect(await decode('stored', { bytes: await photo(31), name: 'a.png' })).toEqual({ width: 31, height: 20, orientation: 1 })
  await expect(decode('size', { bytes: new Uint8Array([1, 2, 3]) })).rejects.toMatchObject({ code: 'bad-input' })
  expect(opened).toHaveLength(1)
})

test('a process that has grown is left once it has answered, and the next photos go to a new one', async () => {
  const closed: number[] = []
  let memory = 100
  const decode = line((port, number) => {
    servePhotos(portOf(port), () => (memory += 100))
    port.on('close', () => closed.push(number))
  }, 250)
  const bytes = await photo(30)
  for (let turn = 0; turn < 8; turn++) await decode('size', { bytes })
  expect(opened).toHaveLength(2) // answers one to four grew by 300, so did five to eight
  expect(closed).toContain(1)
})

test('where a decoder ends over a photo, that photo fails and the others are decoded', async () => {
  const decode = line((port) => {
    const real = portOf(port)
    const good = new Set<(message: unknown) => void>()
    servePhotos({ ...real, onMessage: (listener) => void good.add(listener) })
    port.on('message', (message: { task: { bytes: Uint8Array } }) => {
      if (message.task.bytes.length === 3) port.close()
      else good.forEach((listener) => listener(message))
    })
  })
  const photos = [await photo(30), new Uint8Array([1, 2, 3]), await photo(31), await photo(32)]
  const outcomes = await Promise.allSettled(photos.map((bytes) => decode('size', { bytes })))
  expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.width : (outcome.reason as { code: string }).code))).toEqual([
    30,
    'crashed',
    31,
    32,
  ])
})

test('a decoder that was ended is started again for the next photo', async () => {
  const decode = line((port) => servePhotos(portOf(port)))
  const bytes = await photo(30)
  await decode('size', { bytes })
  opened[0].close()
  expect(await decode('size', { bytes })).toEqual({ width: 30, height: 20 })
})
