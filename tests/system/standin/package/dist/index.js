import './entry.js'
