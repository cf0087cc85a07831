// Answers /healthz.
package main

import (
	"fmt"
	"log"
	"net/http"
	"runtime"
)

func main() {
	http.HandleFunc("/healthz", func(response http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(response, runtime.GOARCH)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
