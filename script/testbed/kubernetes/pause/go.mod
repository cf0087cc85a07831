module cross-build.test/pause

go 1.24.0
