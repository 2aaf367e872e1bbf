package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/auth"
)

func (a *app) userBlockCommand() *cobra.Command {
	var reason, from, until string
	cmd := &cobra.Command{
		Use:   "block NAME",
		Short: "Keep a user out",
		Long: `Keep a user out, and end his sessions: at once and until user unblock, or for the
time that --from and --until say. Both may be a time from now, as 12h or 90d, a day,
as 2027-12-31, or a time of a day, as 2027-12-31T18:00, by this machine's clock.
A block --from a day lasts from its beginning, --until a day to its end.`,
		Args: oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := blocking(reason, from, until, time.Now())
			if err != nil {
				return usageError(err)
			}
			return a.withUsers(cmd, func(ctx context.Context, u *auth.Users, by auth.Actor) error {
				return u.Block(ctx, by, args[0], b)
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`why`, for the record")
	cmd.Flags().StringVar(&from, "from", "", "`when` the block begins")
	cmd.Flags().StringVar(&until, "until", "", "`when` it ends")
	return cmd
}

// blocking is what the flags of user block mean at now.
func blocking(reason, from, until string, now time.Time) (b auth.Blocking, err error) {
	b.Reason = reason
	if b.From, err = moment("--from", from, now, 0); err != nil {
		return b, err
	}
	b.Until, err = moment("--until", until, now, 1)
	return b, err
}

// moment is the time that a flag means at now, and for a day so many days after its
// beginning; the zero time for "".
func moment(flag, when string, now time.Time, days int) (time.Time, error) {
	if when == "" {
		return time.Time{}, nil
	}
	if d, ok := spanOf(when); ok {
		return now.Add(d), nil
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04", when, now.Location()); err == nil {
		return t, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, when, now.Location())
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is %q; a time as 12h or 90d, a day as 2027-12-31, and a time of a day as 2027-12-31T18:00 are possible", flag, when)
	}
	return day.AddDate(0, 0, days), nil
}
