import { createRouter, createWebHistory } from 'vue-router'
import { i18n } from '@/i18n'
import { toast } from '@/ui'

/** Every screen is a file of its own, fetched when first shown. */
export const router = createRouter({
  history: createWebHistory('/'),
  routes: [
    { path: '/', redirect: '/feed' },
    { path: '/feed', name: 'feed', component: () => import('@/features/feed/FeedPage.vue') },
    { path: '/clients', name: 'clients', component: () => import('@/features/clients/ClientsPage.vue') },
    {
      path: '/clients/new',
      name: 'client-new',
      component: () => import('@/features/clients/NewClientPage.vue'),
    },
    {
      path: '/clients/:id',
      name: 'client',
      component: () => import('@/features/clients/ClientPage.vue'),
      props: true,
    },
    { path: '/leads', name: 'leads', component: () => import('@/features/leads/LeadsPage.vue') },
    { path: '/leads/new', name: 'lead-new', component: () => import('@/features/leads/NewLeadPage.vue') },
    {
      path: '/leads/:id',
      name: 'lead',
      component: () => import('@/features/leads/LeadPage.vue'),
      props: true,
    },
    { path: '/calls', name: 'calls', component: () => import('@/features/calls/CallsPage.vue') },
    {
      path: '/simulator',
      name: 'simulator',
      component: () => import('@/features/simulator/SimulatorPage.vue'),
    },
    { path: '/:anything(.*)*', name: 'nowhere', component: () => import('./NotFound.vue') },
  ],
})

// A screen's file could not be fetched.
router.onError(() => toast(i18n.global.t('common.offline_error'), { tone: 'bad' }))

/** Fetches the screens not shown yet, so that each opens at once and without a connection too. */
export function fetchScreens(): void {
  for (const { components } of router.getRoutes()) {
    const screen: unknown = components?.['default']
    // One that fails now is fetched again when it is wanted.
    if (typeof screen === 'function') void (screen as () => Promise<unknown>)().catch(() => undefined)
  }
}
