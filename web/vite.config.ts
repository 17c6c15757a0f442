import { fileURLToPath, URL } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

const backend = process.env['SVYAZ_BACKEND'] ?? 'http://127.0.0.1:8800'

/** The two pages: the workspace (the CRM) and the panel (the telephone). */
const pages = {
  workspace: fileURLToPath(new URL('./index.html', import.meta.url)),
  panel: fileURLToPath(new URL('./panel.html', import.meta.url)),
}

/** In development `/panel` is the panel's page, as the server does it in production. */
function panelPage(): Plugin {
  return {
    name: 'svyaz-panel-page',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        if (request.url && /^\/panel(?:$|[/?])/.test(request.url)) request.url = '/panel.html'
        next()
      })
    },
  }
}

/** The panel's service worker, for notifications only: no file of ours is ever answered from a cache. */
const serviceWorker = VitePWA({
  strategies: 'injectManifest',
  srcDir: 'src/entries',
  filename: 'panel-sw.ts',
  injectManifest: { injectionPoint: undefined },
  injectRegister: false,
  // The manifest is the panel's alone and is linked in panel.html.
  manifest: false,
})

export default defineConfig(({ command }) => ({
  base: command === 'build' ? '/static/' : '/',
  plugins: [vue(), panelPage(), serviceWorker],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    outDir: 'dist',
    target: 'es2022',
    // Whitenoise serves these names for a year, so every file but the pages carries its hash.
    assetsDir: 'assets',
    rollupOptions: { input: pages },
  },
  server: {
    port: Number(process.env['PORT'] ?? 5173),
    proxy: {
      '/api': { target: backend },
      '/ws': { target: backend, ws: true },
    },
  },
}))
