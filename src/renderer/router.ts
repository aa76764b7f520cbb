/** Views by name, in memory: the window has no address bar. */
import { createMemoryHistory, createRouter } from 'vue-router'
import CasesView from './views/CasesView.vue'
import EvaluateView from './views/EvaluateView.vue'
import ExperimentsView from './views/ExperimentsView.vue'
import FailuresView from './views/FailuresView.vue'
import JobsView from './views/JobsView.vue'
import LibraryView from './views/LibraryView.vue'
import ModelsView from './views/ModelsView.vue'
import ReviewView from './views/ReviewView.vue'
import SettingsView from './views/SettingsView.vue'
import TrainView from './views/TrainView.vue'
import VotesView from './views/VotesView.vue'
import WelcomeView from './views/WelcomeView.vue'
import WorkView from './views/WorkView.vue'
import { useWorkspace } from './stores/workspace.ts'

export const router = createRouter({
  history: createMemoryHistory(),
  routes: [
    { path: '/', name: 'welcome', component: WelcomeView },
    { path: '/library', name: 'library', component: LibraryView },
    { path: '/review', name: 'review', component: ReviewView },
    { path: '/train', name: 'train', component: TrainView },
    { path: '/models', name: 'models', component: ModelsView },
    { path: '/evaluate', name: 'evaluate', component: EvaluateView },
    { path: '/failures', name: 'failures', component: FailuresView },
    { path: '/cases', name: 'cases', component: CasesView },
    { path: '/experiments', name: 'experiments', component: ExperimentsView },
    { path: '/jobs', name: 'jobs', component: JobsView },
    { path: '/work', name: 'work', component: WorkView },
    { path: '/votes', name: 'votes', component: VotesView },
    { path: '/settings', name: 'settings', component: SettingsView },
  ],
})

// Without a workspace there is only the welcome page and the settings.
router.beforeEach((to) => {
  const open = useWorkspace().isOpen
  if (!open && to.name !== 'welcome' && to.name !== 'settings') return { name: 'welcome' }
  return open && to.name === 'welcome' ? { name: 'library' } : true
})
