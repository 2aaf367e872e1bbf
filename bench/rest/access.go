package main

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"appserver/bench/lab"
)

// How clients show who they are.
const (
	accessNone   = "none"
	accessBasic  = "basic"
	accessBearer = "bearer"
)

// The user that clients are, for as long as the server of the measurement exists.
const (
	user     = "bench"
	password = "the password of the bench"
)

// signIn prepares how clients show who they are.
func (b *bench) signIn(s *lab.Server) error {
	switch b.access {
	case accessBasic:
		b.authorization = "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password)) + "\r\n"
	case accessBearer:
		token, err := b.token(s)
		if err != nil {
			return fmt.Errorf("getting a token: %w", err)
		}
		b.authorization = "Authorization: Bearer " + token + "\r\n"
	}
	return nil
}

// token has the server give out a token.
func (b *bench) token(s *lab.Server) (string, error) {
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: b.trust, ServerName: "localhost"}}}
	defer client.CloseIdleConnections()
	form := url.Values{"grant_type": {"password"}, "username": {user}, "password": {password}}
	answer, err := client.PostForm("https://"+s.Address+"/rest/api/oauth2/v1/token", form)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var given struct {
		Token string `json:"access_token"`
		Fault string `json:"detailedMessage"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&given); err != nil {
		return "", err
	}
	if given.Token == "" {
		return "", fmt.Errorf("%s: %s", answer.Status, given.Fault)
	}
	return given.Token, nil
}
