module wirewright/tests/killer

go 1.21
