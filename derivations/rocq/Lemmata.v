(* What the proofs written by lemmata rest on: real inner product spaces, a few facts of calculus,
   and tactics that follow certificates. Nothing is assumed here; every lemma ends in Qed. *)
From Coq Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
Open Scope R_scope.

(** * Real inner product spaces *)

Record space := {
  vec :> Type;
  vzero : vec;
  vplus : vec -> vec -> vec;
  vscal : R -> vec -> vec;
  dot : vec -> vec -> R;
  dot_comm : forall x y, dot x y = dot y x;
  dot_zero_l : forall y, dot vzero y = 0;
  dot_plus_l : forall x y z, dot (vplus x y) z = dot x z + dot y z;
  dot_scal_l : forall c x z, dot (vscal c x) z = c * dot x z;
  dot_pos : forall x, 0 <= dot x x }.

Arguments vzero {_}. Arguments vplus {_}. Arguments vscal {_}. Arguments dot {_}.
Arguments dot_comm {_}. Arguments dot_zero_l {_}. Arguments dot_plus_l {_}. Arguments dot_scal_l {_}. Arguments dot_pos {_}.

Lemma dot_zero_r {E : space} : forall y : E, dot y vzero = 0.
Proof. intros. rewrite dot_comm. apply dot_zero_l. Qed.
Lemma dot_plus_r {E : space} : forall x y z : E, dot z (vplus x y) = dot z x + dot z y.
Proof. intros. rewrite dot_comm, dot_plus_l, (dot_comm x), (dot_comm y). reflexivity. Qed.
Lemma dot_scal_r {E : space} : forall c (x z : E), dot z (vscal c x) = c * dot z x.
Proof. intros. rewrite dot_comm, dot_scal_l, (dot_comm x). reflexivity. Qed.

Lemma cauchy_schwarz {E : space} : forall x y : E, dot x y ^ 2 <= dot x x * dot y y.
Proof.
  intros x y.
  pose proof (dot_pos (vplus (vscal (dot y y) x) (vscal (- dot x y) y))) as H.
  rewrite !dot_plus_l, !dot_plus_r, !dot_scal_l, !dot_scal_r, (dot_comm y x) in H.
  pose proof (dot_pos x) as Hx. pose proof (dot_pos y) as Hy.
  destruct (Req_dec (dot y y) 0) as [Z | Z].
  - (* y has length zero: then so has every product with it *)
    rewrite Z in *.
    pose proof (dot_pos (vplus (vscal (dot x y) x) (vscal (- (dot x x + 1)) y))) as K.
    rewrite !dot_plus_l, !dot_plus_r, !dot_scal_l, !dot_scal_r, (dot_comm y x), Z in K.
    assert (0 <= dot x y ^ 2 * (- dot x x - 2)) by (eapply Rle_trans; [exact K | right; ring]).
    pose proof (pow2_ge_0 (dot x y)). nra.
  - assert (0 < dot y y) as P by lra.
    apply (Rmult_le_reg_l (dot y y)); [exact P |].
    apply Rminus_le. apply Ropp_le_cancel. rewrite Ropp_0.
    eapply Rle_trans; [exact H | right; ring].
Qed.

Lemma centred_pos {E : space} : forall (x u : E) n, dot u u = n -> 0 < n -> 0 <= dot x x - dot x u ^ 2 / n.
Proof.
  intros x u n Hn Pn. pose proof (cauchy_schwarz x u) as H. rewrite Hn in H.
  apply (Rmult_le_reg_l n); [exact Pn |]. rewrite Rmult_0_r.
  replace (n * (dot x x - dot x u ^ 2 / n)) with (dot x x * n - dot x u ^ 2) by (field; lra). lra.
Qed.

Lemma dot_unit_up {E : space} : forall x y : E, dot x x = 1 -> dot y y = 1 -> dot x y <= 1.
Proof. intros x y Hx Hy. pose proof (cauchy_schwarz x y) as H. rewrite Hx, Hy in H. nra. Qed.
Lemma dot_unit_low {E : space} : forall x y : E, dot x x = 1 -> dot y y = 1 -> -1 <= dot x y.
Proof. intros x y Hx Hy. pose proof (cauchy_schwarz x y) as H. rewrite Hx, Hy in H. nra. Qed.

(** The coordinate spaces are such spaces, so that nothing below is said of nothing. *)
Lemma coordinates_comm n (x y : nat -> R) : sum_f_R0 (fun i => x i * y i) n = sum_f_R0 (fun i => y i * x i) n.
Proof. induction n; simpl; [ring | rewrite IHn; ring]. Qed.
Lemma coordinates_zero n (y : nat -> R) : sum_f_R0 (fun i => 0 * y i) n = 0.
Proof. induction n; simpl; [ring | rewrite IHn; ring]. Qed.
Lemma coordinates_plus n (x y z : nat -> R) :
  sum_f_R0 (fun i => (x i + y i) * z i) n = sum_f_R0 (fun i => x i * z i) n + sum_f_R0 (fun i => y i * z i) n.
Proof. induction n; simpl; [ring | rewrite IHn; ring]. Qed.
Lemma coordinates_scal n c (x z : nat -> R) :
  sum_f_R0 (fun i => c * x i * z i) n = c * sum_f_R0 (fun i => x i * z i) n.
Proof. induction n; simpl; [ring | rewrite IHn; ring]. Qed.
Lemma coordinates_pos n (x : nat -> R) : 0 <= sum_f_R0 (fun i => x i * x i) n.
Proof. induction n; simpl; [nra |]. pose proof (pow2_ge_0 (x (S n))). simpl in *. lra. Qed.

(** The space of n + 1 coordinates. *)
Definition coordinate_space (n : nat) : space := {|
  vec := nat -> R;
  vzero := fun _ => 0;
  vplus := fun x y i => x i + y i;
  vscal := fun c x i => c * x i;
  dot := fun x y => sum_f_R0 (fun i => x i * y i) n;
  dot_comm := coordinates_comm n;
  dot_zero_l := coordinates_zero n;
  dot_plus_l := coordinates_plus n;
  dot_scal_l := coordinates_scal n;
  dot_pos := coordinates_pos n |}.

Lemma ones_of_coordinates n : dot (s := coordinate_space n) (fun _ => 1) (fun _ => 1) = INR (S n).
Proof. simpl dot. induction n; [simpl; ring |]. rewrite tech5, IHn, (S_INR (S n)). ring. Qed.

(** Matrices: linear maps with a transpose. *)
Record matrix (V W : space) := {
  on : W -> V;
  turned : V -> W;
  on_plus : forall x y, on (vplus x y) = vplus (on x) (on y);
  on_scal : forall c x, on (vscal c x) = vscal c (on x);
  turned_plus : forall x y, turned (vplus x y) = vplus (turned x) (turned y);
  turned_scal : forall c x, turned (vscal c x) = vscal c (turned x);
  adjoint : forall x y, dot (on x) y = dot x (turned y) }.

Arguments on {_ _}. Arguments turned {_ _}. Arguments on_plus {_ _}. Arguments on_scal {_ _}.
Arguments turned_plus {_ _}. Arguments turned_scal {_ _}. Arguments adjoint {_ _}.

Lemma turned_adjoint {V W : space} : forall (A : matrix V W) x y, dot (turned A x) y = dot x (on A y).
Proof. intros. rewrite dot_comm, <- adjoint, dot_comm. reflexivity. Qed.

(** Those with entries a_ij are such maps between coordinate spaces. *)
Lemma sum_scal n c (f : nat -> R) : c * sum_f_R0 f n = sum_f_R0 (fun i => c * f i) n.
Proof. induction n; simpl; [reflexivity | rewrite <- IHn; ring]. Qed.
Lemma sum_add n (f g : nat -> R) : sum_f_R0 (fun i => f i + g i) n = sum_f_R0 f n + sum_f_R0 g n.
Proof. induction n; simpl; [reflexivity | rewrite IHn; ring]. Qed.
Lemma sum_swap n m (f : nat -> nat -> R) :
  sum_f_R0 (fun i => sum_f_R0 (fun j => f i j) m) n = sum_f_R0 (fun j => sum_f_R0 (fun i => f i j) n) m.
Proof. induction n; simpl; [reflexivity |]. rewrite IHn, <- sum_add. reflexivity. Qed.
Lemma sum_same n (f g : nat -> R) : (forall i, f i = g i) -> sum_f_R0 f n = sum_f_R0 g n.
Proof. intros H. induction n; simpl; rewrite ?IHn, H; reflexivity. Qed.

Definition coordinate_matrix (n m : nat) (a : nat -> nat -> R) : matrix (coordinate_space n) (coordinate_space m).
Proof.
  refine {|
    on := (fun x i => sum_f_R0 (fun j => a i j * x j) m) : coordinate_space m -> coordinate_space n;
    turned := (fun y j => sum_f_R0 (fun i => a i j * y i) n) : coordinate_space n -> coordinate_space m |};
  intros; simpl.
  1, 3: apply functional_extensionality; intros i; rewrite <- sum_add; apply sum_same; intros; ring.
  1, 2: apply functional_extensionality; intros i; rewrite sum_scal; apply sum_same; intros; ring.
  transitivity (sum_f_R0 (fun i => sum_f_R0 (fun j => a i j * x j * y i) m) n).
  - apply sum_same. intros i. rewrite Rmult_comm, sum_scal. apply sum_same. intros. ring.
  - rewrite sum_swap. apply sum_same. intros j. rewrite sum_scal. apply sum_same. intros. ring.
Defined.

(** (s I + c u u')^-1 x by Sherman and Morrison, for <u, u> = n. *)
Definition shifted {E : space} (s c : R) (u x : E) : E := vplus (vscal s x) (vscal (c * dot u x) u).
Definition unshifted {E : space} (s c n : R) (u x : E) : E :=
  vplus (vscal (/ s) x) (vscal (- (c / (s * (s + c * n))) * dot u x) u).

Ltac dots :=
  repeat progress rewrite ?on_plus, ?on_scal, ?turned_plus, ?turned_scal, ?dot_plus_l, ?dot_plus_r, ?dot_scal_l,
    ?dot_scal_r, ?dot_zero_l, ?dot_zero_r, ?adjoint, ?turned_adjoint.
Ltac dots_in H :=
  repeat progress rewrite ?on_plus, ?on_scal, ?turned_plus, ?turned_scal, ?dot_plus_l, ?dot_plus_r, ?dot_scal_l,
    ?dot_scal_r, ?dot_zero_l, ?dot_zero_r, ?adjoint, ?turned_adjoint in H.

Theorem sherman_morrison {E : space} : forall s c n (u x h : E),
  dot u u = n -> s <> 0 -> s + c * n <> 0 ->
  dot (shifted s c u (unshifted s c n u x)) h = dot x h /\ dot (unshifted s c n u (shifted s c u x)) h = dot x h.
Proof.
  intros s c n u x h Hn Hs Hd. unfold shifted, unshifted.
  split; dots; rewrite Hn; field; auto.
Qed.

(** * Functions *)

Lemma from_gap : forall a b, 0 <= b - a -> a <= b. Proof. intros. lra. Qed.

Definition erf (x : R) : R := 2 / sqrt PI * RInt (fun t => exp (- t ^ 2)) 0 x.
Definition sigmoid (x : R) : R := / (1 + exp (- x)).

Lemma gauss_continuous : forall y, continuous (fun t => exp (- t ^ 2)) y.
Proof. intros y. apply (ex_derive_continuous (fun t => exp (- t ^ 2))). auto_derive. exact I. Qed.
Lemma erf_0 : erf 0 = 0.
Proof. unfold erf. rewrite RInt_point. apply Rmult_0_r. Qed.
Lemma is_derive_erf : forall x, is_derive erf x (2 / sqrt PI * exp (- x ^ 2)).
Proof.
  intros x. unfold erf. apply (is_derive_scal (fun x => RInt (fun t => exp (- t ^ 2)) 0 x)).
  apply (is_derive_RInt (fun t => exp (- t ^ 2)) _ 0).
  - apply filter_forall. intros y. apply (RInt_correct (fun t => exp (- t ^ 2))).
    apply ex_RInt_continuous. intros z _. apply gauss_continuous.
  - apply gauss_continuous.
Qed.

Lemma cosh_pos : forall x, 0 < cosh x.
Proof. intros. unfold cosh. pose proof (exp_pos x). pose proof (exp_pos (- x)). lra. Qed.
Lemma tanh_0 : tanh 0 = 0.
Proof. unfold tanh, sinh. rewrite Ropp_0. unfold Rdiv. ring. Qed.
Lemma is_derive_tanh : forall x, is_derive tanh x (1 - tanh x ^ 2).
Proof.
  intros x. unfold tanh, sinh, cosh. pose proof (exp_pos x). pose proof (exp_pos (- x)).
  auto_derive; [lra | field; lra].
Qed.
Lemma is_derive_sigmoid : forall x, is_derive sigmoid x (sigmoid x * (1 - sigmoid x)).
Proof.
  intros x. unfold sigmoid. pose proof (exp_pos (- x)). auto_derive; [lra | field; lra].
Qed.
Lemma is_derive_acos : forall x, -1 < x < 1 -> is_derive acos x (- / sqrt (1 - x ^ 2)).
Proof.
  intros x H. apply is_derive_Reals.
  pose proof (derive_pt_acos x H) as D. apply derive_pt_eq_1 in D.
  replace (- / sqrt (1 - x ^ 2)) with (-1 / sqrt (1 - x²)); [exact D |].
  unfold Rsqr, Rdiv. replace (x ^ 2) with (x * x) by ring. ring.
Qed.

Global Instance UnaryDiff_tanh : UnaryDiff tanh.
Proof. exists (fun x => 1 - tanh x ^ 2). exact is_derive_tanh. Defined.
Global Instance UnaryDiff_erf : UnaryDiff erf.
Proof. exists (fun x => 2 / sqrt PI * exp (- x ^ 2)). exact is_derive_erf. Defined.
Global Instance UnaryDiff_sigmoid : UnaryDiff sigmoid.
Proof. exists (fun x => sigmoid x * (1 - sigmoid x)). exact is_derive_sigmoid. Defined.
Global Instance UnaryDiff_acos : UnaryDiff' acos.
Proof. exists (fun x => - / sqrt (1 - x ^ 2)) (fun x => -1 < x < 1). exact is_derive_acos. Defined.

Lemma sigmoid_pos : forall x, 0 < sigmoid x.
Proof. intros. unfold sigmoid. pose proof (exp_pos (- x)). apply Rinv_0_lt_compat. lra. Qed.
Lemma sigmoid_up : forall x, sigmoid x < 1.
Proof.
  intros. unfold sigmoid. pose proof (exp_pos (- x)). rewrite <- Rinv_1 at 2. apply Rinv_lt_contravar; lra.
Qed.
Lemma tanh_square : forall x, tanh x ^ 2 <= 1.
Proof.
  intros x. unfold tanh, sinh, cosh. pose proof (exp_pos x) as P. pose proof (exp_pos (- x)) as Q.
  apply Rminus_le.
  replace (_ - 1) with (- (4 * exp x * exp (- x) / (exp x + exp (- x)) ^ 2)) by (field; lra).
  apply Ropp_le_cancel. rewrite Ropp_0, Ropp_involutive. left.
  apply Rdiv_lt_0_compat; [| apply pow_lt; lra]. repeat apply Rmult_lt_0_compat; lra.
Qed.
Lemma tanh_up : forall x, tanh x <= 1. Proof. intros. pose proof (tanh_square x). nra. Qed.
Lemma tanh_low : forall x, -1 <= tanh x. Proof. intros. pose proof (tanh_square x). nra. Qed.
Lemma sigmoid_at : forall y, 0 < y -> sigmoid (ln y) = y / (1 + y).
Proof. intros y Hy. unfold sigmoid. rewrite exp_Ropp, exp_ln by exact Hy. field. lra. Qed.
Lemma tanh_at : forall y, 0 < y -> tanh (ln y) = (y - / y) / (y + / y).
Proof. intros y Hy. unfold tanh, sinh, cosh. rewrite exp_Ropp, exp_ln by exact Hy. field. split; nra. Qed.
Lemma sigmoid_0 : sigmoid 0 = 1 / 2.
Proof. unfold sigmoid. rewrite Ropp_0, exp_0. field. Qed.
Lemma sin_square : forall x, sin x * sin x = 1 - cos x * cos x.
Proof. intros. pose proof (sin2_cos2 x) as H. unfold Rsqr in H. lra. Qed.
Lemma cos_up : forall x, cos x <= 1. Proof. intros. apply COS_bound. Qed.
Lemma cos_low : forall x, -1 <= cos x. Proof. intros. apply COS_bound. Qed.
Lemma sin_up : forall x, sin x <= 1. Proof. intros. apply SIN_bound. Qed.
Lemma sin_low : forall x, -1 <= sin x. Proof. intros. apply SIN_bound. Qed.
Lemma exp_times : forall x n, exp (INR n * x) = exp x ^ n.
Proof.
  intros x n. induction n as [| n IH]; [simpl; rewrite Rmult_0_l; apply exp_0 |].
  rewrite S_INR. simpl. rewrite <- IH, <- exp_plus. f_equal. ring.
Qed.
Lemma exp_split : forall a p q P Q, exp p = P -> exp q = Q -> a = p - q -> exp a = P / Q.
Proof. intros a p q P Q <- <- ->. unfold Rminus, Rdiv. rewrite exp_plus, exp_Ropp. reflexivity. Qed.
Lemma ln_below : forall y, 0 < y -> ln y <= y - 1.
Proof.
  intros y Hy. pose proof (exp_ineq1_le (ln y)) as H. rewrite exp_ln in H by exact Hy. lra.
Qed.
Lemma ln_above : forall y, 0 < y -> 1 - / y <= ln y.
Proof.
  intros y Hy. pose proof (ln_below (/ y) (Rinv_0_lt_compat y Hy)) as H. rewrite ln_Rinv in H by exact Hy. lra.
Qed.
Lemma ln_quotient : forall a b, 0 < a -> 0 < b -> ln (a / b) = ln a - ln b.
Proof. intros a b A B. unfold Rdiv, Rminus. rewrite ln_mult, ln_Rinv; auto using Rinv_0_lt_compat. Qed.
Lemma log_above : forall a b, 0 <= a - exp b -> 0 <= ln a - b.
Proof.
  intros a b H. pose proof (exp_pos b) as P. pose proof (ln_exp b) as E.
  destruct (Rle_lt_or_eq_dec (exp b) a ltac:(lra)) as [L | <-]; [| lra].
  pose proof (ln_increasing (exp b) a P L). lra.
Qed.
Lemma log_below : forall a b, 0 < a -> 0 <= exp b - a -> 0 <= b - ln a.
Proof.
  intros a b P H. pose proof (ln_exp b) as E.
  destruct (Rle_lt_or_eq_dec a (exp b) ltac:(lra)) as [L | ->]; [| lra].
  pose proof (ln_increasing a (exp b) P L). lra.
Qed.
Lemma exp_grows : forall a b, a <= b -> exp a <= exp b.
Proof. intros a b [H | ->]; [left; apply exp_increasing; exact H | right; reflexivity]. Qed.
Lemma pow_below_exp : forall a b n, 0 < a -> 0 <= b - INR n * ln a -> 0 <= exp b - a ^ n.
Proof.
  intros a b n P H. rewrite <- Rpower_pow by exact P. unfold Rpower.
  pose proof (exp_grows (INR n * ln a) b ltac:(lra)). lra.
Qed.
Lemma Rpower_below_exp : forall a b p, 0 < a -> 0 <= b - p * ln a -> 0 <= exp b - Rpower a p.
Proof. intros a b p P H. unfold Rpower. pose proof (exp_grows (p * ln a) b ltac:(lra)). lra. Qed.
Lemma bernoulli : forall b n, 0 <= b -> 1 + INR n * (b - 1) <= b ^ n.
Proof.
  intros b n Hb. induction n as [| n IH]; [simpl; lra |]. rewrite S_INR. simpl.
  pose proof (pos_INR n). pose proof (pow2_ge_0 (b - 1)).
  assert (0 <= INR n * (b - 1) ^ 2) by (apply Rmult_le_pos; assumption).
  apply Rle_trans with (b * (1 + INR n * (b - 1))); [| apply Rmult_le_compat_l; assumption].
  apply from_gap. eapply Rle_trans; [eassumption | right; ring].
Qed.

(** * Calculus *)

Lemma grows : forall (f f' : R -> R) a x, a <= x ->
  (forall t, a <= t <= x -> is_derive f t (f' t)) -> (forall t, a <= t <= x -> 0 <= f' t) -> 0 <= f a -> 0 <= f x.
Proof.
  intros f f' a x Hx D P H. destruct (Rle_lt_or_eq_dec a x Hx) as [L | <-]; [| exact H].
  destruct (MVT_cor2 f f' a x L) as [c [E [Hc Hd]]].
  - intros c Hc. apply is_derive_Reals. apply D. exact Hc.
  - assert (0 <= f' c) by (apply P; lra). assert (0 <= f' c * (x - a)) by (apply Rmult_le_pos; lra). lra.
Qed.
Lemma falls : forall (f f' : R -> R) b x, x <= b ->
  (forall t, x <= t <= b -> is_derive f t (f' t)) -> (forall t, x <= t <= b -> f' t <= 0) -> 0 <= f b -> 0 <= f x.
Proof.
  intros f f' b x Hx D P H. destruct (Rle_lt_or_eq_dec x b Hx) as [L | ->]; [| exact H].
  destruct (MVT_cor2 f f' x b L) as [c [E [Hc Hd]]].
  - intros c Hc. apply is_derive_Reals. apply D. exact Hc.
  - assert (f' c <= 0) by (apply P; lra). assert (f' c * (b - x) <= 0).
    { apply Ropp_le_cancel. rewrite Ropp_0, Ropp_mult_distr_l. apply Rmult_le_pos; lra. } lra.
Qed.

(** A function whose slope grows lies above its tangent where that is level. *)
Lemma convex : forall (f f' f2 : R -> R) a x,
  (forall t, Rmin a x <= t <= Rmax a x -> is_derive f t (f' t)) ->
  (forall t, Rmin a x <= t <= Rmax a x -> is_derive f' t (f2 t)) ->
  (forall t, Rmin a x <= t <= Rmax a x -> 0 <= f2 t) -> f' a = 0 -> 0 <= f a -> 0 <= f x.
Proof.
  intros f f' f2 a x D1 D2 P Z H. destruct (Rle_dec a x) as [L | L].
  - rewrite Rmin_left, Rmax_right in * by exact L. apply (grows f f' a x L); [exact D1 | | exact H].
    intros t Ht. apply (grows f' f2 a t); [lra | | | lra]; intros; [apply D2 | apply P]; lra.
  - rewrite Rmin_right, Rmax_left in * by lra. apply (falls f f' a x); [lra | exact D1 | | exact H].
    intros t Ht. apply Ropp_le_cancel. rewrite Ropp_0.
    apply (falls (fun y => - f' y) (fun y => - f2 y) a t); [lra | | | lra].
    + intros y Hy. apply (is_derive_opp f'). apply D2. lra.
    + intros y Hy. assert (0 <= f2 y) by (apply P; lra). lra.
Qed.
Lemma by_squares : forall a b, 0 <= a -> 0 <= a ^ 2 - b ^ 2 -> 0 <= a - b.
Proof. intros a b Ha H. nra. Qed.
Lemma by_powers : forall a b n, 0 <= b -> 0 <= a - b -> 0 <= a ^ n - b ^ n.
Proof. intros a b n Hb H. apply Rge_le, Rge_minus, Rle_ge. apply pow_incr. lra. Qed.

Definition is_sup (f : R -> R) (D : R -> Prop) (m : R) : Prop := is_lub (fun y => exists x, D x /\ y = f x) m.
Definition is_inf (f : R -> R) (D : R -> Prop) (m : R) : Prop := is_sup (fun x => - f x) D (- m).

Lemma sup_attained : forall f (D : R -> Prop) m x0, D x0 -> f x0 = m -> (forall x, D x -> f x <= m) -> is_sup f D m.
Proof.
  intros f D m x0 H0 E U. split.
  - intros y [x [Hx ->]]. apply U. exact Hx.
  - intros b Hb. rewrite <- E. apply Hb. exists x0. auto.
Qed.
Lemma inf_attained : forall f (D : R -> Prop) m x0, D x0 -> f x0 = m -> (forall x, D x -> m <= f x) -> is_inf f D m.
Proof.
  intros f D m x0 H0 E U. apply (sup_attained _ _ _ x0 H0); [rewrite E; reflexivity |].
  intros x Hx. apply Ropp_le_contravar. apply U. exact Hx.
Qed.
Lemma sup_between : forall f (D : R -> Prop) low high x0, D x0 -> low <= f x0 -> (forall x, D x -> f x <= high) ->
  exists m, is_sup f D m /\ low <= m <= high.
Proof.
  intros f D low high x0 H0 L U.
  destruct (completeness (fun y => exists x, D x /\ y = f x)) as [m Hm].
  - exists high. intros y [x [Hx ->]]. apply U. exact Hx.
  - exists (f x0). exists x0. auto.
  - exists m. split; [exact Hm |]. destruct Hm as [Up Least]. split.
    + apply Rle_trans with (f x0); [exact L |]. apply Up. exists x0. auto.
    + apply Least. intros y [x [Hx ->]]. apply U. exact Hx.
Qed.
Lemma inf_between : forall f (D : R -> Prop) low high x0, D x0 -> f x0 <= high -> (forall x, D x -> low <= f x) ->
  exists m, is_inf f D m /\ low <= m <= high.
Proof.
  intros f D low high x0 H0 L U.
  destruct (sup_between (fun x => - f x) D (- high) (- low) x0 H0) as [m [Hm [A B]]].
  - apply Ropp_le_contravar. exact L.
  - intros x Hx. apply Ropp_le_contravar. apply U. exact Hx.
  - exists (- m). unfold is_inf. rewrite Ropp_involutive. split; [exact Hm | lra].
Qed.

(** * Sums of symbolic length: f a + ... + f n *)

Fixpoint total (a : nat) (f : nat -> R) (n : nat) : R :=
  match n with
  | O => if Nat.eqb a 0 then f O else 0
  | S m => total a f m + (if Nat.leb a (S m) then f (S m) else 0)
  end.
Lemma total_step : forall a f m, (a <= S m)%nat -> total a f (S m) = total a f m + f (S m).
Proof. intros a f m H. simpl total. apply Nat.leb_le in H. simpl in H. rewrite H. reflexivity. Qed.
Lemma total_below : forall (a first : nat) (f : nat -> R) (b : R -> R), (a <= S first)%nat ->
  total a f first <= b (INR first) ->
  (forall m, (first <= m)%nat -> f (S m) <= b (INR (S m)) - b (INR m)) ->
  forall n, (first <= n)%nat -> total a f n <= b (INR n).
Proof.
  intros a first f b A Z H n L. induction L as [| m L IH]; [exact Z |].
  rewrite total_step by lia. specialize (H m L). lra.
Qed.
Lemma total_above : forall (a first : nat) (f : nat -> R) (b : R -> R), (a <= S first)%nat ->
  b (INR first) <= total a f first ->
  (forall m, (first <= m)%nat -> b (INR (S m)) - b (INR m) <= f (S m)) ->
  forall n, (first <= n)%nat -> b (INR n) <= total a f n.
Proof.
  intros a first f b A Z H n L. induction L as [| m L IH]; [exact Z |].
  rewrite total_step by lia. specialize (H m L). lra.
Qed.
Lemma total_is : forall (a first : nat) (f : nat -> R) (b : R -> R), (a <= S first)%nat ->
  total a f first = b (INR first) ->
  (forall m, (first <= m)%nat -> f (S m) = b (INR (S m)) - b (INR m)) ->
  forall n, (first <= n)%nat -> total a f n = b (INR n).
Proof.
  intros a first f b A Z H n L. induction L as [| m L IH]; [exact Z |].
  rewrite total_step by lia. specialize (H m L). lra.
Qed.

(** * Sums of squares *)

Definition step (x : R) : R := if Rlt_dec 0 x then 1 else 0.
Lemma by_identity : forall m p t i, 0 < m -> m * p = t + i -> i = 0 -> 0 <= t -> 0 <= p.
Proof.
  intros m p t i Hm E Z T. apply (Rmult_le_reg_l m); [exact Hm |]. rewrite Rmult_0_r, E, Z, Rplus_0_r. exact T.
Qed.
Lemma by_strict_identity : forall m p t i, 0 < m -> m * p = t + i -> i = 0 -> 0 < t -> 0 < p.
Proof.
  intros m p t i Hm E Z T. apply (Rmult_lt_reg_l m); [exact Hm |]. rewrite Rmult_0_r, E, Z, Rplus_0_r. exact T.
Qed.
Lemma square_zero : forall x, x ^ 2 <= 0 -> x = 0.
Proof. intros x H. pose proof (pow2_ge_0 x). apply Rsqr_0_uniq. unfold Rsqr. nra. Qed.

Lemma root_above : forall a x, a * a <= x -> a <= sqrt x.
Proof.
  intros a x H. destruct (Rle_lt_dec a 0) as [N | N]; [pose proof (sqrt_pos x); lra |].
  rewrite <- (sqrt_square a) by lra. apply sqrt_le_1_alt. exact H.
Qed.
Lemma root_strictly_above : forall a x, 0 <= a -> a * a < x -> a < sqrt x.
Proof. intros a x N H. rewrite <- (sqrt_square a) by exact N. apply sqrt_lt_1_alt. nra. Qed.
Lemma root_below : forall b x, 0 <= b -> x <= b * b -> sqrt x <= b.
Proof. intros b x N H. rewrite <- (sqrt_square b) by exact N. apply sqrt_le_1_alt. exact H. Qed.
Lemma root_strictly_below : forall b x, 0 <= x -> 0 <= b -> x < b * b -> sqrt x < b.
Proof. intros b x X N H. rewrite <- (sqrt_square b) by exact N. apply sqrt_lt_1_alt. lra. Qed.
Lemma below_root : forall u h, 0 <= u - h ^ 2 -> 0 <= sqrt u - h.
Proof. intros u h H. pose proof (root_above h u). assert (h * h <= u) by lra. lra. Qed.
Lemma above_root : forall u h, 0 <= h -> 0 <= h ^ 2 - u -> 0 <= h - sqrt u.
Proof. intros u h N H. pose proof (root_below h u N). assert (u <= h * h) by lra. lra. Qed.

(** Products and sums of squares and of what is assumed to be nonnegative. *)
Ltac squares := first
  [ assumption
  | lazymatch goal with
    | |- 0 <= ?a + ?b => apply Rplus_le_le_0_compat; squares
    | |- 0 <= ?a * ?b => apply Rmult_le_pos; squares
    | |- 0 <= ?a ^ 2 => apply pow2_ge_0
    end
  | lra ].
Ltac products := first
  [ assumption
  | lazymatch goal with
    | |- 0 < ?a * ?b => apply Rmult_lt_0_compat; products
    | |- 0 < ?a ^ ?n => apply pow_lt; products
    end
  | lra ].
Lemma step_on : forall x, 0 < x -> step x = 1. Proof. intros. unfold step. destruct Rlt_dec; lra. Qed.
Lemma step_off : forall x, x <= 0 -> step x = 0. Proof. intros. unfold step. destruct Rlt_dec; lra. Qed.
(** The value of a case distinction, its test being decided. *)
Ltac cased :=
  lazymatch goal with
  | |- Rabs ?u = _ => first [rewrite (Rabs_pos_eq u) by lra; ring | rewrite (Rabs_left1 u) by lra; ring | exfalso; lra]
  | |- Rmax ?u ?v = _ => first [rewrite (Rmax_left u v) by lra; ring | rewrite (Rmax_right u v) by lra; ring | exfalso; lra]
  | |- Rmin ?u ?v = _ => first [rewrite (Rmin_left u v) by lra; ring | rewrite (Rmin_right u v) by lra; ring | exfalso; lra]
  | |- step ?u = _ => first [apply step_on; lra | apply step_off; lra | exfalso; lra]
  | |- (if ?test then _ else _) = _ => destruct test; first [ring | exfalso; lra]
  end.

Lemma abs_below : forall x b, x <= b -> - b <= x -> Rabs x <= b. Proof. intros. apply Rabs_le. lra. Qed.
Lemma positive_apart : forall a, 0 < a -> a <> 0. Proof. intros. lra. Qed.
Lemma negative_apart : forall a, 0 < - a -> a <> 0. Proof. intros. lra. Qed.
Lemma neg_mult : forall a b, a <= 0 -> b <= 0 -> 0 <= a * b. Proof. intros. nra. Qed.
Lemma times_neg : forall a b, 0 <= a -> b <= 0 -> a * b <= 0. Proof. intros. nra. Qed.
Lemma inverse_nonnegative : forall a, 0 <= a -> 0 <= / a.
Proof. intros a [H | <-]; [left; apply Rinv_0_lt_compat; exact H | rewrite Rinv_0; lra]. Qed.
Lemma square_pos : forall a, 0 <= a * a. Proof. intros. nra. Qed.
Lemma even_pow : forall a n, 0 <= a ^ (2 * n). Proof. intros. rewrite pow_mult. apply pow_le. apply pow2_ge_0. Qed.

(** Functions that are positive where their argument is. *)
Lemma sinh_at_0 : sinh 0 = 0. Proof. unfold sinh. rewrite Ropp_0. field. Qed.
Lemma cosh_at_0 : cosh 0 = 1. Proof. unfold cosh. rewrite Ropp_0, exp_0. field. Qed.
Lemma sinh_positive : forall x, 0 < x -> 0 < sinh x.
Proof. intros x H. unfold sinh. assert (exp (- x) < exp x) by (apply exp_increasing; lra). lra. Qed.
Lemma tanh_positive : forall x, 0 < x -> 0 < tanh x.
Proof. intros x H. unfold tanh. apply Rdiv_lt_0_compat; [apply sinh_positive; exact H | apply cosh_pos]. Qed.
Lemma atan_positive : forall x, 0 < x -> 0 < atan x.
Proof. intros x H. rewrite <- atan_0. apply atan_increasing. exact H. Qed.
Lemma ln_positive : forall x, 1 < x -> 0 < ln x.
Proof. intros x H. rewrite <- ln_1. apply ln_increasing; lra. Qed.
Lemma erf_positive : forall x, 0 < x -> 0 < erf x.
Proof.
  intros x H. destruct (MVT_cor2 erf (fun t => 2 / sqrt PI * exp (- t ^ 2)) 0 x H) as [c [E _]].
  - intros c _. apply is_derive_Reals. apply is_derive_erf.
  - rewrite erf_0, !Rminus_0_r in E. rewrite E. repeat apply Rmult_lt_0_compat; try exact H; try apply exp_pos; try lra.
    apply Rinv_0_lt_compat. apply sqrt_lt_R0. apply PI_RGT_0.
Qed.
Lemma nonnegative_from : forall f : R -> R, f 0 = 0 -> (forall x, 0 < x -> 0 < f x) -> forall x, 0 <= x -> 0 <= f x.
Proof. intros f Z P x [H | <-]; [left; apply P; exact H | rewrite Z; lra]. Qed.
Lemma sinh_nonnegative : forall x, 0 <= x -> 0 <= sinh x.
Proof. exact (nonnegative_from sinh sinh_at_0 sinh_positive). Qed.
Lemma tanh_nonnegative : forall x, 0 <= x -> 0 <= tanh x.
Proof. exact (nonnegative_from tanh tanh_0 tanh_positive). Qed.
Lemma atan_nonnegative : forall x, 0 <= x -> 0 <= atan x.
Proof. exact (nonnegative_from atan atan_0 atan_positive). Qed.
Lemma erf_nonnegative : forall x, 0 <= x -> 0 <= erf x.
Proof. exact (nonnegative_from erf erf_0 erf_positive). Qed.
Lemma ln_nonnegative : forall x, 1 <= x -> 0 <= ln x.
Proof. intros x [H | <-]; [left; apply ln_positive; exact H | rewrite ln_1; lra]. Qed.
Lemma acos_nonnegative : forall x, 0 <= acos x. Proof. intros. apply acos_bound. Qed.
Lemma ln_below_0 : forall x, 0 < x -> x <= 1 -> 0 <= - ln x.
Proof. intros x P H. pose proof (ln_nonnegative (/ x)) as K. rewrite ln_Rinv in K by exact P. apply K.
  rewrite <- Rinv_1. apply Rinv_le_contravar; lra. Qed.

(** * Signs, by the shape of an expression *)

Ltac known := first [assumption | lra | (left; assumption) | (apply Rge_le; assumption)].
Ltac nat_le := first [ assumption | lia ].

(** What is known of the functions and roots in the goal, as hypotheses. *)
Ltac bounds := repeat
  match goal with
  | |- context [cos ?a] => lazymatch goal with _ : cos a <= 1 |- _ => fail | _ => pose proof (cos_up a); pose proof (cos_low a) end
  | |- context [sin ?a] => lazymatch goal with _ : sin a <= 1 |- _ => fail | _ => pose proof (sin_up a); pose proof (sin_low a) end
  | |- context [tanh ?a] =>
      lazymatch goal with _ : tanh a <= 1 |- _ => fail | _ => pose proof (tanh_up a); pose proof (tanh_low a) end
  | |- context [exp ?a] => lazymatch goal with _ : 0 < exp a |- _ => fail | _ => pose proof (exp_pos a) end
  | |- context [sqrt ?a] =>
      lazymatch goal with _ : sqrt a * sqrt a = a |- _ => fail | _ => pose proof (sqrt_pos a); pose proof (sqrt_sqrt a ltac:(lra)) end
  end.

Ltac above :=  (* 0 < e *)
  first
  [ known
  | lazymatch goal with
    | |- 0 < ?a * ?b => apply Rmult_lt_0_compat; above
    | |- 0 < ?a / ?b => apply Rdiv_lt_0_compat; above
    | |- 0 < / ?a => apply Rinv_0_lt_compat; above
    | |- 0 < ?a ^ ?n => first [apply pow_lt; above | apply pow2_gt_0; apart]
    | |- 0 < sqrt ?a => apply sqrt_lt_R0; above
    | |- 0 < exp ?a => apply exp_pos
    | |- 0 < PI => apply PI_RGT_0
    | |- 0 < sigmoid ?a => apply sigmoid_pos
    | |- 0 < cosh ?a => apply cosh_pos
    | |- 0 < sinh ?a => apply sinh_positive; above
    | |- 0 < tanh ?a => apply tanh_positive; above
    | |- 0 < atan ?a => apply atan_positive; above
    | |- 0 < erf ?a => apply erf_positive; above
    | |- 0 < ln ?a => apply ln_positive; first [known | (progress bounds; lra)]
    | |- 0 < Rpower ?a ?b => apply exp_pos
    | |- 0 < INR ?n => apply lt_0_INR; nat_le
    | |- 0 < ?a + ?b =>
        first [ apply Rplus_lt_le_0_compat; [above | low] | apply Rplus_le_lt_0_compat; [low | above] ]
    end
  | (unfold Rminus; interval) ]
with low :=  (* 0 <= e *)
  first
  [ known
  | lazymatch goal with
    | |- 0 <= ?a * ?a => apply square_pos
    | |- 0 <= ?a * ?b => apply Rmult_le_pos; low
    | |- 0 <= ?a / ?b => apply Rmult_le_pos; [low | low]
    | |- 0 <= / ?a => apply inverse_nonnegative; low
    | |- 0 <= ?a ^ 2 => apply pow2_ge_0
    | |- 0 <= ?a ^ 4 => apply (even_pow a 2)
    | |- 0 <= ?a ^ 6 => apply (even_pow a 3)
    | |- 0 <= ?a ^ ?n => apply pow_le; low
    | |- 0 <= sqrt ?a => apply sqrt_pos
    | |- 0 <= exp ?a => left; apply exp_pos
    | |- 0 <= Rpower ?a ?b => left; apply exp_pos
    | |- 0 <= PI => left; apply PI_RGT_0
    | |- 0 <= INR ?n => apply pos_INR
    | |- 0 <= dot ?a ?a => apply dot_pos
    | |- 0 <= sigmoid ?a => left; apply sigmoid_pos
    | |- 0 <= 1 - sigmoid ?a => left; apply Rlt_Rminus; apply sigmoid_up
    | |- 0 <= 1 - tanh ?a ^ 2 => apply Rge_le, Rge_minus, Rle_ge, tanh_square
    | |- 0 <= 1 + cos ?a => pose proof (cos_low a); lra
    | |- 0 <= 1 - cos ?a => pose proof (cos_up a); lra
    | |- 0 <= Rabs ?a => apply Rabs_pos
    | |- 0 <= ?a + ?b => apply Rplus_le_le_0_compat; low
    | |- 0 <= - ln ?a => apply ln_below_0; [above | known]
    | |- 0 <= cosh ?a => left; apply cosh_pos
    | |- 0 <= sinh ?a => apply sinh_nonnegative; low
    | |- 0 <= tanh ?a => apply tanh_nonnegative; low
    | |- 0 <= atan ?a => apply atan_nonnegative; low
    | |- 0 <= erf ?a => apply erf_nonnegative; low
    | |- 0 <= ln ?a => apply ln_nonnegative; first [known | (progress bounds; lra)]
    | |- 0 <= acos ?a => apply acos_nonnegative
    | |- 0 <= sin ?a => apply sin_ge_0; known
    | |- 0 <= cos ?a => apply cos_ge_0; lra
    end
  | (left; above)
  | (progress bounds; lra)
  | nra ]
with apart :=  (* e <> 0 *)
  first
  [ assumption
  | lazymatch goal with
    | |- ?a * ?b <> 0 => apply Rmult_integral_contrapositive_currified; apart
    | |- ?a ^ ?n <> 0 => apply pow_nonzero; apart
    | |- / ?a <> 0 => apply Rinv_neq_0_compat; apart
    | |- ?a <> 0 => apply positive_apart; above
    end
  | (apply negative_apart; above) ].

(** Where a number lies: by the hypotheses, by the form of an end, or by its digits. *)
Ltac within := first
  [ known
  | lazymatch goal with
    | |- sqrt ?a <= sqrt ?b => apply sqrt_le_1_alt; within
    | |- sqrt ?a < sqrt ?b => apply sqrt_lt_1_alt; split; within
    | |- ?a <= sqrt ?b => apply root_above; within
    | |- ?a < sqrt ?b => apply root_strictly_above; within
    | |- sqrt ?a <= ?b => apply root_below; within
    | |- sqrt ?a < ?b => apply root_strictly_below; within
    end
  | above | low | (progress bounds; lra) | nra
  | (unfold Rminus; interval) ].

(** What follows from the hypotheses. *)
Ltac fact_above := first [ assumption | lra | above | nra ].
Ltac fact := first [ assumption | lra | nra | low ].

(** The conditions that auto_derive and field leave. *)
Ltac side := repeat match goal with |- _ /\ _ => split end; try exact I; try solve [above | low | apart | nra].
(** Powers as auto_derive leaves them. *)
Ltac numerals := unfold Rdiv, Rminus in *; cbn [INR Nat.pred pred Init.Nat.pred pow] in *.

Lemma five_twelfths : 5 * PI / 12 = PI / 4 + PI / 6. Proof. field. Qed.
Lemma cos_5_12 : cos (5 * PI / 12) = (sqrt 6 - sqrt 2) / 4.
Proof.
  rewrite five_twelfths, cos_plus, cos_PI4, sin_PI4, cos_PI6, sin_PI6.
  assert (H : sqrt 6 = sqrt 2 * sqrt 3) by (rewrite <- sqrt_mult by lra; f_equal; lra).
  assert (K : sqrt 2 * sqrt 2 = 2) by (apply sqrt_sqrt; lra). rewrite H.
  assert (0 < sqrt 2) by (apply sqrt_lt_R0; lra). field [K]. lra.
Qed.
Lemma sin_5_12 : sin (5 * PI / 12) = (sqrt 6 + sqrt 2) / 4.
Proof.
  rewrite five_twelfths, sin_plus, cos_PI4, sin_PI4, cos_PI6, sin_PI6.
  assert (H : sqrt 6 = sqrt 2 * sqrt 3) by (rewrite <- sqrt_mult by lra; f_equal; lra).
  assert (K : sqrt 2 * sqrt 2 = 2) by (apply sqrt_sqrt; lra). rewrite H.
  assert (0 < sqrt 2) by (apply sqrt_lt_R0; lra). field [K]. lra.
Qed.
Lemma sin_3_2 : sin (3 * PI / 2) = -1.
Proof. replace (3 * PI / 2) with (3 * (PI / 2)) by field. apply sin_3PI2. Qed.
Lemma cos_3_2 : cos (3 * PI / 2) = 0.
Proof. replace (3 * PI / 2) with (PI / 2 + PI) by field. rewrite neg_cos, cos_PI2. ring. Qed.
Lemma gap_of : forall a b, a <= b -> 0 <= b - a. Proof. intros. lra. Qed.
Lemma gap_of_strict : forall a b, a < b -> 0 <= b - a. Proof. intros. lra. Qed.
Lemma cauchy_gap {E : space} : forall x y : E, 0 <= dot x x * dot y y - dot x y ^ 2.
Proof. intros x y. apply gap_of. apply cauchy_schwarz. Qed.

Ltac values := repeat progress
  rewrite ?cos_neg, ?sin_neg, ?cos_5_12, ?sin_5_12, ?sin_3_2, ?cos_3_2, ?cos_0, ?sin_0, ?cos_PI, ?sin_PI, ?cos_PI2, ?sin_PI2, ?cos_PI3, ?sin_PI3, ?cos_PI4,
    ?sin_PI4, ?exp_0, ?ln_1, ?sqrt_1, ?sqrt_0, ?atan_0, ?tanh_0, ?sigmoid_0, ?erf_0, ?sinh_at_0, ?cosh_at_0, ?asin_0, ?acos_0, ?acos_1, ?asin_1, ?atan_1, ?tan_0, ?ln_exp, ?pow1, ?Ropp_0, ?Rmult_0_l, ?Rmult_0_r,
    ?Rplus_0_l, ?Rplus_0_r.
(** Known values, first as they stand, then with quotients and small powers written out. *)
Ltac ends := values; try (progress (unfold Rdiv, Rminus; cbn [pow]); values).
(** Values at an end of a range: 0 exactly, or a sign that shows. *)
Ltac at_zero := ends; solve [ring | field; side | (simpl; lra)].
Ltac at_end := ends; first [(right; symmetry; at_zero) | low | (unfold Rminus; interval)].

(** A derivative at 0, once auto_derive has put 0 in. *)
Ltac at_origin := rewrite ?Rmult_0_l, ?Rmult_0_r, ?Rplus_0_l, ?Rplus_0_r, ?Rmult_1_l, ?Rmult_1_r.

(** The argument of f in the form x, wherever it is equal to that by the tactic t. *)
Ltac arguments_as f x t := repeat
  match goal with |- context [f ?u] => assert_fails (constr_eq u x); progress replace u with x by t end.

Ltac pair_as f x y t := repeat
  match goal with |- context [f ?u ?v] =>
    first [ assert_fails (constr_eq u x); progress replace u with x by t
          | assert_fails (constr_eq v y); progress replace v with y by t ] end.
Ltac size_as x t := repeat
  match goal with |- context [Rabs ?u] =>
    assert_fails (constr_eq u x);
    first [ progress replace u with x by t
          | replace (Rabs u) with (Rabs x) by (rewrite <- (Rabs_Ropp x); f_equal; t) ] end.

(** The conditions of auto_derive where a root is known in the form b. *)
Ltac side_as b t :=
  repeat match goal with |- _ /\ _ => split end;
  try match goal with |- 0 < ?u => progress replace u with b by t end;
  try match goal with |- context [sqrt ?u] => assert_fails (constr_eq u b); progress replace u with b by t end;
  side.

Lemma pi_bounds : 3 < PI < 22 / 7. Proof. split; interval. Qed.
