module sls.local/engine

go 1.23.11

require github.com/pulumi/pulumi/pkg/v3 v3.200.0

// The same replacements as that module's own go.mod makes: a dependency's are not followed.
replace github.com/sergi/go-diff => github.com/sergi/go-diff v1.1.0

replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e
