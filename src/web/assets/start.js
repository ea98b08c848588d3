// Pages work without this. It adds what GOV.UK Frontend adds: menus that fold, errors that take the focus.
import { initAll } from './govuk-frontend.min.js'
initAll()
