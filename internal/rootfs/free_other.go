//go:build !linux && !darwin

package rootfs

import "errors"

// Free returns how many bytes can still be written below the root. Here that is not
// known: the error is errors.ErrUnsupported.
func (r *Root) Free() (int64, error) { return 0, errors.ErrUnsupported }
