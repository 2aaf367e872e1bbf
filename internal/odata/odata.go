// Package odata reads the filters of API requests: a subset of the expressions of OData 4's
// $filter.
package odata
