package testlab

// Processes lists what runs in the labs whose names contain a text.
var Processes = processes
