/** The program inside a silent network: answers every name with an address of this machine and writes down what was asked and who connected. */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

const type = { v4: 1, v6: 28 }
const ports = [80, 443, 8080, 8443]

const names = createSocket('udp4')
names.on('message', (question, { port, address }) => {
  const labels: string[] = []
  let offset = 12
  for (let length = question[offset]; length > 0; length = question[offset]) {
    labels.push(question.toString('ascii', offset + 1, offset + 1 + length))
    offset += length + 1
  }
  const asked = question.readUInt16BE(offset + 1)
  console.log(`name ${labels.join('.')}`)
  const header = Buffer.from(question.subarray(0, 12))
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(asked === type.v4 ? 1 : 0, 6)
  header.writeUInt32BE(0, 8)
  const answer = asked === type.v4 ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 9]) : Buffer.alloc(0)
  names.send(Buffer.concat([header, question.subarray(12, offset + 5), answer]), port, address)
})
await new Promise<void>((resolve) => names.bind(53, '0.0.0.0', resolve))
for (const port of ports) {
  const server = createServer((socket) => {
    console.log(`connection ${socket.localAddress ?? ''}:${port}`)
    socket.on('error', () => undefined)
    socket.end()
  })
  await new Promise<void>((resolve) => server.listen(port, '::', resolve))
}
console.log('ready')
