;; A module small enough to write by hand: it counts visits, tells its greeting, and works as long as it is told to.
;; HEALTH and UPGRADE are filled in: what these two functions do.
(component
  (import "adx:module/clock@1.0.0" (instance $clock
    (export "monotonic" (func (result u64)))))

  (type $kv-interface (instance
    (type $error' (variant (case "not-granted" string) (case "invalid-key" string) (case "limited" string)
      (case "quota-exceeded" string) (case "not-a-number" string) (case "busy" string) (case "unavailable" string)))
    (export "kv-error" (type $error (eq $error')))
    (export "increment" (func (param "key" string) (param "delta" s64) (result (result s64 (error $error)))))))
  (import "adx:module/kv@1.0.0" (instance $kv (type $kv-interface)))

  (type $config-interface (instance
    (type $error' (variant (case "not-granted" string) (case "limited" string) (case "invalid-pointer" string)
      (case "unavailable" string)))
    (export "config-error" (type $error (eq $error')))
    (export "get" (func (param "pointer" string) (result (result (option string) (error $error)))))))
  (import "adx:module/config@1.0.0" (instance $config (type $config-interface)))

  ;; Memory that is only ever added to: an instance lives for one call.
  (core module $memory-module
    (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (loop $more
        (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
          (then
            (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))
            (br $more))))
      (local.get $at)))
  (core instance $libc (instantiate $memory-module))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))

  (core func $monotonic (canon lower (func $clock "monotonic")))
  (core func $increment (canon lower (func $kv "increment") (memory (core memory $memory)) (realloc (core func $realloc)) string-encoding=utf8))
  (core func $get (canon lower (func $config "get") (memory (core memory $memory)) (realloc (core func $realloc)) string-encoding=utf8))

  (core module $main-module
    (import "libc" "memory" (memory 1))
    (import "host" "monotonic" (func $monotonic (result i64)))
    (import "host" "increment" (func $increment (param i32 i32 i64 i32)))
    (import "host" "get" (func $get (param i32 i32 i32)))

    (data (i32.const 0) "visits")
    (data (i32.const 16) "/greeting")
    (data (i32.const 32) "null")
    (data (i32.const 48) "failed")
    (data (i32.const 64) "not-granted")
    (data (i32.const 80) "unknown-activity")
    (data (i32.const 112) "by design")
    (data (i32.const 128) "greetingvisitworkfail")
    ;; The list of the names: (pointer, length) each.
    (data (i32.const 160) "\80\00\00\00\08\00\00\00" "\88\00\00\00\05\00\00\00" "\8d\00\00\00\04\00\00\00" "\91\00\00\00\04\00\00\00")
    (data (i32.const 192) "\a0\00\00\00\04\00\00\00")

    ;; 256: result<_, module-error>; 320: result<json, activity-error>; 384: answers of the host; 512..544: digits.

    (func $fine (result i32)
      (i32.store8 (i32.const 256) (i32.const 0))
      (i32.const 256))

    (func $broken (result i32)
      (i32.store8 (i32.const 256) (i32.const 1))
      (i32.store (i32.const 260) (i32.const 48)) (i32.store (i32.const 264) (i32.const 6))
      (i32.store (i32.const 268) (i32.const 112)) (i32.store (i32.const 272) (i32.const 9))
      (i32.store8 (i32.const 276) (i32.const 0))
      (i32.const 256))

    ;; Adds to the visits and gives the sum; the host's refusal, if it refuses, stays at 384.
    (func $add (param $delta i64) (result i64)
      (call $increment (i32.const 0) (i32.const 6) (local.get $delta) (i32.const 384))
      (i64.load (i32.const 392)))

    (func $spoil (result i32)
      (drop (call $add (i64.const 100)))
      (call $fine))

    ;; Well, until there were a hundred visits.
    (func $tire (result i32)
      (if (i64.ge_s (call $add (i64.const 0)) (i64.const 100)) (then (return (call $broken))))
      (call $fine))

    (func (export "hook") (result i32) (call $fine))
    (func (export "health") (result i32) (call $HEALTH))
    (func (export "upgrade") (param i32 i32) (result i32) (call $UPGRADE))

    (func (export "names") (result i32) (i32.const 192))

    (func $answer (param $at i32) (param $length i32) (result i32)
      (i32.store8 (i32.const 320) (i32.const 0))
      (i32.store (i32.const 324) (local.get $at)) (i32.store (i32.const 328) (local.get $length))
      (i32.const 320))

    (func $refuse (param $kind i32) (param $kind-length i32) (param $at i32) (param $length i32) (result i32)
      (i32.store8 (i32.const 320) (i32.const 1))
      (i32.store (i32.const 324) (local.get $kind)) (i32.store (i32.const 328) (local.get $kind-length))
      (i32.store (i32.const 332) (local.get $at)) (i32.store (i32.const 336) (local.get $length))
      (i32.store8 (i32.const 340) (i32.const 0))
      (i32.const 320))

    (func $visit (result i32)
      (local $sum i64) (local $at i32)
      (local.set $sum (call $add (i64.const 1)))
      (if (i32.load8_u (i32.const 384))
        (then (return (call $refuse (i32.const 64) (i32.const 11) (i32.load (i32.const 396)) (i32.load (i32.const 400))))))
      (local.set $at (i32.const 544))
      (loop $digit
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (i32.store8 (local.get $at)
          (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $sum) (i64.const 10)))))
        (local.set $sum (i64.div_u (local.get $sum) (i64.const 10)))
        (br_if $digit (i64.ne (local.get $sum) (i64.const 0))))
      (call $answer (local.get $at) (i32.sub (i32.const 544) (local.get $at))))

    (func $greeting (result i32)
      (call $get (i32.const 16) (i32.const 9) (i32.const 384))
      (if (i32.load8_u (i32.const 384))
        (then (return (call $refuse (i32.const 64) (i32.const 11) (i32.load (i32.const 392)) (i32.load (i32.const 396))))))
      (if (i32.eqz (i32.load8_u (i32.const 388)))
        (then (return (call $answer (i32.const 32) (i32.const 4)))))
      (call $answer (i32.load (i32.const 392)) (i32.load (i32.const 396))))

    ;; The input is a number of milliseconds.
    (func $work (param $at i32) (param $length i32) (result i32)
      (local $end i32) (local $until i64)
      (local.set $end (i32.add (local.get $at) (local.get $length)))
      (block $read
        (loop $digit
          (br_if $read (i32.ge_u (local.get $at) (local.get $end)))
          (local.set $until (i64.add
            (i64.mul (local.get $until) (i64.const 10))
            (i64.extend_i32_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $digit)))
      (local.set $until (i64.mul (local.get $until) (i64.const 1000000)))
      (loop $on
        ;; The host counts its calls: it is not asked for the time each time around.
        (local.set $at (i32.const 20000))
        (loop $spin
          (local.set $at (i32.sub (local.get $at) (i32.const 1)))
          (br_if $spin (local.get $at)))
        (br_if $on (i64.lt_u (call $monotonic) (local.get $until))))
      (call $answer (i32.const 32) (i32.const 4)))

    (func (export "call") (param $name i32) (param $name-length i32) (param $at i32) (param $length i32) (result i32)
      (local $first i32)
      (local.set $first (i32.load8_u (local.get $name)))
      (if (i32.eq (local.get $first) (i32.const 118)) (then (return (call $visit))))
      (if (i32.eq (local.get $first) (i32.const 103)) (then (return (call $greeting))))
      (if (i32.eq (local.get $first) (i32.const 119)) (then (return (call $work (local.get $at) (local.get $length)))))
      (if (i32.eq (local.get $first) (i32.const 102))
        (then (return (call $refuse (i32.const 48) (i32.const 6) (i32.const 112) (i32.const 9)))))
      (call $refuse (i32.const 80) (i32.const 16) (i32.const 80) (i32.const 16))))
  (core instance $main (instantiate $main-module
    (with "libc" (instance $libc))
    (with "host" (instance
      (export "monotonic" (func $monotonic))
      (export "increment" (func $increment))
      (export "get" (func $get))))))

  (type $error (record (field "kind" string) (field "message" string) (field "retryable" bool)))
  (type $hook (func (result (result (error $error)))))
  (func $hook (type $hook) (canon lift (core func $main "hook") (memory (core memory $memory))))
  (func $health (type $hook) (canon lift (core func $main "health") (memory (core memory $memory))))
  (func $upgrade (param "from-version" string) (result (result (error $error)))
    (canon lift (core func $main "upgrade") (memory (core memory $memory)) (realloc (core func $realloc))))
  (func $names (result (list string)) (canon lift (core func $main "names") (memory (core memory $memory))))
  (func $call (param "name" string) (param "input" string) (result (result string (error $error)))
    (canon lift (core func $main "call") (memory (core memory $memory)) (realloc (core func $realloc))))

  ;; What is exported may use named types only, and a name is given by a component of its own.
  (component $lifecycle-names
    (type $error' (record (field "kind" string) (field "message" string) (field "retryable" bool)))
    (import "error" (type $error (eq $error')))
    (type $hook (func (result (result (error $error)))))
    (type $upgrade (func (param "from-version" string) (result (result (error $error)))))
    (import "hook" (func $hook (type $hook)))
    (import "health" (func $health (type $hook)))
    (import "upgrade" (func $upgrade (type $upgrade)))
    (export $named "module-error" (type $error))
    (type $named-hook (func (result (result (error $named)))))
    (type $named-upgrade (func (param "from-version" string) (result (result (error $named)))))
    (export "install" (func $hook) (func (type $named-hook)))
    (export "activate" (func $hook) (func (type $named-hook)))
    (export "deactivate" (func $hook) (func (type $named-hook)))
    (export "upgrade" (func $upgrade) (func (type $named-upgrade)))
    (export "uninstall" (func $hook) (func (type $named-hook)))
    (export "health" (func $health) (func (type $named-hook))))
  (instance $lifecycle (instantiate $lifecycle-names
    (with "error" (type $error))
    (with "hook" (func $hook))
    (with "health" (func $health))
    (with "upgrade" (func $upgrade))))
  (export "adx:module/lifecycle@1.0.0" (instance $lifecycle))

  (component $activities-names
    (type $error' (record (field "kind" string) (field "message" string) (field "retryable" bool)))
    (import "error" (type $error (eq $error')))
    (import "names" (func $names (result (list string))))
    (type $call (func (param "name" string) (param "input" string) (result (result string (error $error)))))
    (import "call" (func $call (type $call)))
    (export $named "activity-error" (type $error))
    (type $json' string)
    (export $json "json" (type $json'))
    (type $named-call (func (param "name" string) (param "input" $json) (result (result $json (error $named)))))
    (export "names" (func $names))
    (export "call" (func $call) (func (type $named-call))))
  (instance $activities (instantiate $activities-names
    (with "error" (type $error))
    (with "names" (func $names))
    (with "call" (func $call))))
  (export "adx:module/activities@1.0.0" (instance $activities)))
