import './zod-without-eval.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { catchDefects } from './defects.ts'
import { router } from './router.ts'

const app = createApp(App).use(createPinia()).use(router)
catchDefects(app)
app.mount('#app')
