/** The example that lies beside an exported model: captions photos with onnxruntime alone (sharp decodes the file). */
export const exampleSource = `// npm install onnxruntime-node sharp, then: node caption.mjs photo.jpg …
import { readFile } from 'node:fs/promises'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import sharp from 'sharp'

process.env.ORT_DISABLE_TELEMETRY = '1' // read when the first session is made: without it onnxruntime sends usage events to its maker

const near = (file) => readFile(new URL(file, import.meta.url))
const { input, takes, caches, words, maximumWords, ignoreColourProfiles: ignoreIcc } = JSON.parse(await near('settings.json'))
const open = async (file) => InferenceSession.create(await near(file))
const [prepare, vision, encoder, decoder] = await Promise.all(['prepare', 'vision', 'encoder', 'decoder'].map((part) => open(part + '.onnx')))

// The photo upright, over white, as red, green and blue bytes; prepare.onnx resizes, cuts and normalises it.
async function pixelsOf(file) {
  const photo = sharp(file, { ignoreIcc }).autoOrient().flatten({ background: 'white' }).toColourspace('srgb').removeAlpha()
  const { data, info } = await photo.raw().toBuffer({ resolveWithObject: true })
  return (await prepare.run({ photo: new Tensor('uint8', data, [info.height, info.width, 3]) })).pixels
}

// Word by word, always the most likely one; 0 begins and ends a caption, and the last one, UNK, is left out.
const empty = Object.fromEntries(caches.map(({ feed, shape }) => [feed, new Tensor('float32', new Float32Array(0), shape)]))
const one = (value) => new Tensor('int64', BigInt64Array.of(BigInt(value)), [1])
async function captionOf(file) {
  // Pixels to the features of a grid (and boxes, for regions), and these to the keys and values that every word attends to.
  const seen = await vision.run({ [input]: await pixelsOf(file) })
  const memory = await encoder.run(Object.fromEntries(Object.entries(takes).map(([name, output]) => [name, seen[output]])))
  let kept = empty
  const caption = []
  for (let position = 0, word = 0; position < maximumWords; position++) {
    const step = await decoder.run({ tokens: one(word), position: one(position), parents: one(0), ...memory, ...kept })
    word = step.log_probabilities.data.subarray(0, -1).reduce((best, value, id, all) => (value > all[best] ? id : best), 0)
    if (word === 0) break
    caption.push(words[word - 1])
    kept = Object.fromEntries(caches.map(({ feed, fetch }) => [feed, step[fetch]]))
  }
  return caption.join(' ')
}
for (const file of process.argv.slice(2)) console.log(await captionOf(file))
`
