import type { Component } from 'vue'

export interface MenuItem {
  label: string
  icon?: Component
  hint?: string
  checked?: boolean
  danger?: boolean
  disabled?: boolean
  heading?: boolean
  run?: () => void
}

/** `'line'` is a dividing line. */
export type MenuEntry = MenuItem | 'line'
