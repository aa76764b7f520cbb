/**
 * WebAssembly kernels: written in WebAssembly's text format beside the code that calls them (`…Source`), assembled beforehand by
 * `npm run assemble-kernels` into a file of their own (`…-binary.ts`), so that nothing but bytes is loaded at run time. A test assembles again and
 * compares.
 */

/** A kernel's functions. Addresses that they take are bytes of `memory`, which the source imports as `run.memory`. */
export async function openKernel<Name extends string>(
  binary: string,
  memory: WebAssembly.Memory,
  names: readonly Name[],
): Promise<Record<Name, (...numbers: number[]) => unknown>> {
  const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(Buffer.from(binary, 'base64')), { run: { memory } })
  for (const name of names) if (typeof exports[name] !== 'function') throw new TypeError(`the kernel lacks its function "${name}"`)
  return exports as Record<Name, (...numbers: number[]) => unknown>
}
