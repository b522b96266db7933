;; The least component that is a module: every function is there with its type, and none does anything. IMPORTS is filled in.
(component IMPORTS
  (core module $nothing-module
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "give") (result i32) unreachable)
    (func (export "take-text") (param i32 i32) (result i32) unreachable)
    (func (export "take-texts") (param i32 i32 i32 i32) (result i32) unreachable))
  (core instance $nothing (instantiate $nothing-module))
  (alias core export $nothing "memory" (core memory $memory))
  (alias core export $nothing "realloc" (core func $realloc))

  (type $error (record (field "kind" string) (field "message" string) (field "retryable" bool)))
  (func $moment (result (result (error $error))) (canon lift (core func $nothing "give") (memory (core memory $memory))))
  (func $upgrade (param "from-version" string) (result (result (error $error)))
    (canon lift (core func $nothing "take-text") (memory (core memory $memory)) (realloc (core func $realloc))))
  (func $names (result (list string)) (canon lift (core func $nothing "give") (memory (core memory $memory))))
  (func $call (param "name" string) (param "input" string) (result (result string (error $error)))
    (canon lift (core func $nothing "take-texts") (memory (core memory $memory)) (realloc (core func $realloc))))

  ;; What is exported may use named types only, and a name is given by a component of its own.
  (component $lifecycle-names
    (type $error' (record (field "kind" string) (field "message" string) (field "retryable" bool)))
    (import "error" (type $error (eq $error')))
    (import "moment" (func $moment (result (result (error $error)))))
    (import "upgrade" (func $upgrade (param "from-version" string) (result (result (error $error)))))
    (export $named "module-error" (type $error))
    (type $named-moment (func (result (result (error $named)))))
    (type $named-upgrade (func (param "from-version" string) (result (result (error $named)))))
    (export "install" (func $moment) (func (type $named-moment)))
    (export "activate" (func $moment) (func (type $named-moment)))
    (export "deactivate" (func $moment) (func (type $named-moment)))
    (export "upgrade" (func $upgrade) (func (type $named-upgrade)))
    (export "uninstall" (func $moment) (func (type $named-moment)))
    (export "health" (func $moment) (func (type $named-moment))))
  (instance $lifecycle (instantiate $lifecycle-names
    (with "error" (type $error)) (with "moment" (func $moment)) (with "upgrade" (func $upgrade))))
  (export "adx:module/lifecycle@1.0.0" (instance $lifecycle))

  (component $activities-names
    (type $error' (record (field "kind" string) (field "message" string) (field "retryable" bool)))
    (import "error" (type $error (eq $error')))
    (import "names" (func $names (result (list string))))
    (import "call" (func $call (param "name" string) (param "input" string) (result (result string (error $error)))))
    (export $named "activity-error" (type $error))
    (type $json' string)
    (export $json "json" (type $json'))
    (type $named-call (func (param "name" string) (param "input" $json) (result (result $json (error $named)))))
    (export "names" (func $names))
    (export "call" (func $call) (func (type $named-call))))
  (instance $activities (instantiate $activities-names
    (with "error" (type $error)) (with "names" (func $names)) (with "call" (func $call))))
  (export "adx:module/activities@1.0.0" (instance $activities)))
