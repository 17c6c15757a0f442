import { router } from '@/features/shell/router'
import WorkspaceApp from '@/features/shell/WorkspaceApp.vue'
import { createPage } from './page'

createPage(WorkspaceApp).use(router).mount('#app')
