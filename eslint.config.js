import { createNodeResolver, importX } from 'eslint-plugin-import-x'
import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

/** What each room of the engine may import from the engine. Every room is named here; a test holds the list against the folders. */
export const engineImports = {
  files: ['numerics'],
  datasets: ['files'],
  numerics: [],
  graph: [],
  log: [],
  projection: [],
  reports: [],
  scenes: ['files'],
  tensorboard: [],
  text: ['files'],
  runtime: ['graph'],
  shards: ['files'],
  cluster: ['files'],
  nn: ['graph'],
  metrics: ['files', 'text'],
  captioners: ['graph', 'nn'],
  models: ['captioners', 'files', 'metrics', 'text'],
  vision: ['datasets', 'files', 'graph', 'nn', 'numerics', 'runtime', 'text'],
  decoding: ['captioners', 'graph', 'nn', 'runtime', 'text'],
  writing: [],
  captioning: ['captioners', 'datasets', 'decoding', 'models', 'runtime', 'text', 'vision'],
  workspace: ['cluster', 'datasets', 'files', 'log', 'metrics', 'tensorboard', 'text', 'writing'],
  training: [
    'captioners',
    'captioning',
    'datasets',
    'decoding',
    'files',
    'graph',
    'metrics',
    'models',
    'nn',
    'numerics',
    'runtime',
    'scenes',
    'text',
    'vision',
  ],
  'library-captioning': ['captioning', 'decoding', 'files', 'metrics', 'models', 'runtime', 'text', 'vision', 'workspace'],
  'onnx-export': ['captioning', 'files', 'graph', 'models', 'vision'],
  search: ['vision', 'workspace'],
  scoring: ['library-captioning', 'metrics', 'workspace'],
  'fine-tuning': [
    'captioners',
    'captioning',
    'datasets',
    'decoding',
    'files',
    'metrics',
    'models',
    'runtime',
    'scoring',
    'text',
    'training',
    'vision',
    'workspace',
  ],
  'provider-choice': ['captioners', 'captioning', 'decoding', 'models', 'runtime', 'training', 'vision'],
  experiments: ['captioning', 'datasets', 'files', 'log', 'metrics', 'reports', 'runtime', 'training', 'vision', 'workspace'],
  jobs: [
    'captioning',
    'cluster',
    'datasets',
    'decoding',
    'experiments',
    'files',
    'fine-tuning',
    'library-captioning',
    'models',
    'onnx-export',
    'projection',
    'reports',
    'runtime',
    'scoring',
    'text',
    'vision',
    'workspace',
  ],
}

const boundaries = [
  { target: './src/shared', from: ['./src/engine', './src/main', './src/preload', './src/renderer', './src/cli', './scripts', './tests'] },
  { target: './src/engine', from: ['./src/main', './src/preload', './src/renderer', './src/cli', './scripts', './tests'] },
  { target: './src/main', from: ['./src/preload', './src/renderer', './src/cli', './tests'] },
  { target: './src/cli', from: ['./src/main', './src/preload', './src/renderer', './tests'] },
  { target: './src/preload', from: ['./src/engine', './src/main', './src/renderer', './src/cli', './scripts', './tests'] },
  { target: './src/renderer', from: ['./src/engine', './src/main', './src/preload', './src/cli', './scripts', './tests'] },
  ...Object.entries(engineImports).map(([folder, allowed]) => ({
    target: `./src/engine/${folder}`,
    from: './src/engine',
    except: [folder, ...allowed].map((name) => `./${name}`),
  })),
]

const onnxruntimeAlone = { name: 'onnxruntime-node', message: 'Import engine/runtime/onnxruntime.ts: it turns the library’s telemetry off first.' }
const noElectron = { name: 'electron', message: 'Only main and preload know Electron.' }

export default tseslint.config(
  {
    ignores: ['node_modules/', 'out/', 'dist/', '.cache/', 'test-artifacts/', 'models/', 'resources/', '**/.*'],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './tsconfig.renderer.json', './tsconfig.rendered.json', './tsconfig.e2e.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // Indexing is unchecked in the compiler's settings (numerical code), so "unnecessary" is often wrong about array elements.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Interfaces here describe records of functions; none of them uses `this`.
      '@typescript-eslint/unbound-method': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['tests/**/*.ts'],
    rules: { 'max-lines': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['src/**/*.vue'],
    extends: [vue.configs['flat/recommended'], vue.configs['no-layout-rules'], tseslint.configs.strict],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser } },
    rules: {
      // Types inside components are vue-tsc's; ESLint's parser sees one component at a time.
      'no-undef': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'vue/no-v-html': 'error',
      'vue/multi-word-component-names': 'off',
    },
  },
  {
    files: ['src/renderer/**/*.ts', 'tests/unit/renderer/rendered/*.ts'],
    rules: {
      // What a .vue file exports is vue-tsc's to check; to ESLint's program it is an unresolved type.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    files: ['src/**/*.{ts,vue}'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.vue', '.js'] })] },
    rules: {
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones: boundaries }],
    },
  },
  {
    files: ['{src,scripts,tests}/**/*.{ts,vue}'],
    ignores: ['src/engine/runtime/onnxruntime.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [onnxruntimeAlone] }] },
  },
  {
    files: ['src/{shared,engine,cli,renderer}/**/*.{ts,vue}'],
    ignores: ['src/engine/runtime/onnxruntime.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [noElectron, onnxruntimeAlone] }] },
  },
  {
    files: ['src/{shared,renderer}/**/*.{ts,vue}'],
    rules: {
      'no-restricted-imports': ['error', { paths: [noElectron, onnxruntimeAlone], patterns: [{ group: ['node:*'], message: 'The window has no Node.' }] }],
    },
  },
)
