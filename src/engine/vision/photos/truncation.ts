/** Whether a photo's file was cut short, by its own structure: viewers show such a file, decoders that are strict refuse it. */

/** True where the file begins as a JPEG, PNG, WebP or GIF and does not end as one. Other formats are not judged. */
export function isCutShort(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (startsWith(bytes, 0xff, 0xd8, 0xff)) return !jpegEnds(view)
  if (startsWith(bytes, 0x89, 0x50, 0x4e, 0x47)) return !pngEnds(view)
  if (startsWith(bytes, 0x52, 0x49, 0x46, 0x46)) return bytes.length < 8 + view.getUint32(4, true)
  return false
}

function startsWith(bytes: Uint8Array, ...head: number[]): boolean {
  return bytes.length >= 12 && head.every((byte, place) => bytes[place] === byte)
}

/** ITU T.81, B.1.1: segments up to the start of scan, then data up to the end-of-image marker. */
function jpegEnds(view: DataView): boolean {
  let place = 2
  while (place + 4 <= view.byteLength) {
    if (view.getUint8(place) !== 0xff) return true // no structure to judge by
    const marker = view.getUint8(place + 1)
    if (marker === 0xff) place += 1
    else if (marker === 0xda) return endOfImageAfter(view, place + 2)
    else place += 2 + view.getUint16(place + 2)
  }
  return false
}

function endOfImageAfter(view: DataView, start: number): boolean {
  for (let place = view.byteLength - 2; place >= start; place -= 1) if (view.getUint8(place) === 0xff && view.getUint8(place + 1) === 0xd9) return true
  return false
}

/** PNG, 5.3: chunks of length, type, data and checksum; the last is IEND. */
function pngEnds(view: DataView): boolean {
  let place = 8
  while (place + 12 <= view.byteLength) {
    if (view.getUint32(place + 4) === 0x49454e44) return true
    place += 12 + view.getUint32(place)
  }
  return false
}
