// Package rest holds the functions and classes with which programs answer HTTP requests.
package rest
