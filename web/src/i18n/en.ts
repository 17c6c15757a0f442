import common from './en/common'
import panel from './en/panel'
import workspace from './en/workspace'

export default { common, panel, ...workspace }
