// Nothing: style sheets are set with SetCss().
