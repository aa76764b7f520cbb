/** The little of WebAssembly's JavaScript interface that the kernels use: neither TypeScript's ES library nor Node's types declare it. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean })
    readonly buffer: ArrayBuffer
  }
  type Module = object
  interface Instance {
    readonly exports: Record<string, ((...numbers: number[]) => unknown) | undefined>
  }
  function compile(bytes: Uint8Array): Promise<Module>
  function instantiate(module: Module, imports: Record<string, Record<string, unknown>>): Promise<Instance>
}
